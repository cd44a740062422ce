package org.dlora.constraint;

import org.jspecify.annotations.Nullable;

/**
 * The rules that have called one another and are not finished, the innermost first. A value: frames
 * are equal if the same texts may follow.
 *
 * @param then place in the caller after the call
 */
record Frames(Place then, @Nullable Frames caller, int hash) {

    static Frames push(Place then, @Nullable Frames caller) {
        return new Frames(then, caller, 31 * then.hashCode() + (caller == null ? 7 : caller.hash));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Frames frames)) {
            return false;
        }
        Frames mine = this;
        Frames theirs = frames;
        while (mine != theirs) {
            if (mine == null
                    || theirs == null
                    || mine.hash != theirs.hash
                    || !mine.then.equals(theirs.then)) {
                return false;
            }
            mine = mine.caller;
            theirs = theirs.caller;
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
