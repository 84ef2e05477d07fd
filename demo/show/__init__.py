"""`crossfade demo`: the main job in a minute, told as it goes, for somebody who has never heard of it.

main.py is its life and steps.py the order of its steps. stage.py starts everything and stops it; supervisor.py and
filling.py are what runs there in place of what `crossfade up` has. A module a step: snapshot.py, sides.py (the same
question to both), feeds.py, following.py, limit.py, comparison.py. page.py prints.
"""
