from deploy.supervisor.main import main

main()
