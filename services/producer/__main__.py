from services.producer.main import main
from shared import lifecycle

lifecycle.run("producer", main)
