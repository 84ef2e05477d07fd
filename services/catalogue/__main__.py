from services.catalogue.main import main
from shared.lifecycle import run

run("catalogue", main)
