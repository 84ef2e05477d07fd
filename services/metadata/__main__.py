from services.metadata.main import main
from shared.lifecycle import run

run("metadata", main)
