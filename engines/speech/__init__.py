"""Parts that turn text into speech: the front end that reads any text as segments, and the voices that speak them."""
