"""English words that carry grammar, not content: they have no synonyms worth the name, although WordNet lists some."""

from __future__ import annotations

LISTED = """
a about above after again against ago all along also although am among an and another any anybody anyone anything
are aren't around as at away back be became because been before behind being below beneath beside besides between
beyond both but by can can't cannot could couldn't despite did didn't do does doesn't doing don't done down during
each either else enough even ever every everybody everyone everything except few for from further had hadn't has
hasn't have haven't having he he'd he'll he's her here here's hers herself him himself his how how's however i i'd
i'll i'm i've if in inside instead into is isn't it it'd it'll it's its itself just least less let let's like many
may me might mine more most much must mustn't my myself near need neither never no nobody none nor not nothing now
of off often on once one only onto or other others otherwise ought our ours ourselves out outside over own per
perhaps please quite rather really same shall she she'd she'll she's should shouldn't since so some somebody someone
something somewhat soon still such than that that's the their theirs them themselves then there there's therefore
these they they'd they'll they're they've this those though through throughout thus till to together too toward
towards under unless until up upon us very was wasn't we we'd we'll we're we've were weren't what what's whatever
when when's whenever where where's wherever whether which whichever while who who's whoever whole whom whose why
why's will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
yourselves
"""
FUNCTION_WORDS = frozenset(LISTED.split())
