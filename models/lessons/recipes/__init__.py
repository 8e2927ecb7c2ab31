"""How the models of the lessons are made: their data, their settings and what is measured."""
