import sys

from deploy.provision.main import main

main(sys.argv[1:])
