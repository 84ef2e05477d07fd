from services.persister.main import main
from shared import lifecycle

lifecycle.run("persister", main)
