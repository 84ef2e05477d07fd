from services.persister.main import main

main()
