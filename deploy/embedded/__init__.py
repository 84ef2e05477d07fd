"""Real Apache Kafka, MariaDB and MySQL servers, run as an ordinary user with nothing but Python."""
