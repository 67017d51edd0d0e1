"""The embedded generation service: a real HTTP server that speaks several wires and renders real MP4.

It stands alone: nothing here reads the database, and the product talks to it over HTTP like to any other provider.
"""
