from tests.explorer.main import main

main()
