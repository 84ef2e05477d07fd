"""`crossfade demo`: the main job in a minute, told as it goes, for somebody who has never heard of it.

main.py is the order of events. stage.py starts everything and stops it, supervisor.py and filling.py are what it starts
in place of what `crossfade up` would. One module a step: snapshot.py, sides.py (the same question to both), feeds.py,
changes.py, limit.py, comparison.py. page.py prints, cues.py, programs.py, summary.py and by_hand.py decide, without I/O.
"""
