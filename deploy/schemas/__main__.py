from deploy.schemas.main import main

main()
