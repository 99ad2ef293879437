"""The calculating listener: can two classifiers tell generated tunes from real ones?

It judges and never chooses. What composes, and whatever chooses among candidates, lives
in the runtime with features of its own; the runtime cannot import this package (the
import contracts see to it), and no constant, feature or weight of it may go there: a
judge that a composer has learned from tells nothing any more. So do not tune the
sampling by these figures' classifiers either, but by those of the composer's own
critic. The two families in here have nothing in common but the notes that they hear,
which shows whether a gain is in the music or in one kind of feature.
"""
