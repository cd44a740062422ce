package org.dlora.constraint;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * State of a text within a constraint: the ways to read the text so far. It follows from the
 * constraint and the text, so a sequence that moves needs no other state than its tokens.
 * Immutable.
 */
public final class ConstraintState {
    /** The most ways to read a text; one that needs more cannot go on. */
    static final int MAX_READINGS = 128;

    /** The most calls and ends of rules that are followed before a byte. */
    private static final int MAX_FOLLOWED = 2000;

    private final List<Reading> readings;
    private final boolean isComplete;
    private int hash;

    /** Reading of a text. */
    record Reading(Place place, @Nullable Frames frames) {}

    private ConstraintState(List<Reading> readings, boolean isComplete) {
        this.readings = List.copyOf(readings);
        this.isComplete = isComplete;
    }

    List<Reading> readings() {
        return readings;
    }

    /** Returns whether the text satisfies the constraint, so that it may end here. */
    public boolean isComplete() {
        return isComplete;
    }

    /** Returns whether no byte may follow. */
    public boolean isEnd() {
        return readings.isEmpty();
    }

    boolean isDead() {
        return readings.isEmpty() && !isComplete;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ConstraintState state
                && hashCode() == state.hashCode()
                && isComplete == state.isComplete
                && readings.equals(state.readings);
    }

    @Override
    public int hashCode() {
        if (hash == 0) { // Threads that find it at once find the same.
            hash = 2 * readings.hashCode() + (isComplete ? 1 : 0);
        }
        return hash;
    }

    /** Returns the state at one place. */
    static ConstraintState at(Place place, @Nullable Frames frames, GrammarPlaces places) {
        var builder = new Builder(places);
        builder.add(place, frames);
        return builder.build();
    }

    /** Returns the state after byte {@code b}, which is dead if it must not come. */
    ConstraintState next(int b, GrammarPlaces places) {
        if (readings.size() == 1) {
            var reading = readings.getFirst();
            var place = reading.place().next(b);
            if (place != null && place.isPlain()) {
                return new ConstraintState(List.of(new Reading(place, reading.frames())), false);
            }
        }
        var builder = new Builder(places);
        for (var reading : readings) {
            var place = reading.place().next(b);
            if (place != null) {
                builder.add(place, reading.frames());
            }
        }
        return builder.build();
    }

    /** Follows calls and ends of rules until bytes are due. */
    private static final class Builder {
        private final GrammarPlaces places;
        private final Set<Reading> seen = new HashSet<>();
        private final List<Reading> readings = new ArrayList<>();
        private boolean isComplete;

        Builder(GrammarPlaces places) {
            this.places = places;
        }

        void add(Place first, @Nullable Frames below) {
            var open = new ArrayList<Reading>();
            open.add(new Reading(first, below));
            while (!open.isEmpty()) {
                var reading = open.removeLast();
                if (!seen.add(reading)) {
                    continue;
                }
                if (seen.size() > MAX_FOLLOWED) {
                    throw tooMany(MAX_FOLLOWED);
                }
                var place = reading.place();
                var frames = reading.frames();
                if (place.takesBytes()) {
                    read(place, frames);
                }
                for (var push : place.pushes()) {
                    var then = push.then();
                    open.add(
                            new Reading(
                                    push.start(),
                                    then == null ? frames : Frames.push(then, frames)));
                }
                if (place.mayEnd()) {
                    if (frames == null) {
                        isComplete = true;
                    } else {
                        open.add(new Reading(frames.then(), frames.caller()));
                    }
                }
            }
        }

        /** Adds a reading, together with one of the same frames where that is possible. */
        private void read(Place place, @Nullable Frames frames) {
            if (place instanceof NodesPlace nodes) {
                for (int i = 0; i < readings.size(); i++) {
                    var other = readings.get(i);
                    if (other.place() instanceof NodesPlace same
                            && Objects.equals(other.frames(), frames)) {
                        readings.set(i, new Reading(places.union(same, nodes), frames));
                        return;
                    }
                }
            }
            if (readings.size() == MAX_READINGS) {
                throw tooMany(MAX_READINGS);
            }
            readings.add(new Reading(place, frames));
        }

        private static ArithmeticException tooMany(int allowed) {
            return new ArithmeticException(
                    "The constraint can read the text in more than %d ways. Use fewer alternatives that begin alike."
                            .formatted(allowed));
        }

        ConstraintState build() {
            return new ConstraintState(readings, isComplete);
        }
    }
}
