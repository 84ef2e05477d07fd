from services.availability.main import main
from shared.lifecycle import run

run("availability", main)
