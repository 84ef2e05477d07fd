from services.gateway.main import main
from shared.lifecycle import run

run("gateway", main)
