from demo.origin.main import main

main()
