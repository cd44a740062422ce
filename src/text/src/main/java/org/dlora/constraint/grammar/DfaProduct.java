package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Product of two automata: the texts of one that the other one accepts, or that it does not. Its
 * states are pairs, found from the start.
 */
final class DfaProduct {
    private final Dfa one;
    private final Dfa other;
    private final boolean isMinus;
    private final DfaBuilder builder = new DfaBuilder();
    private final Map<Long, Integer> ids = new HashMap<>();
    private final List<Pair> pairs = new ArrayList<>();

    /**
     * A pair of states.
     *
     * @param theirs the other one's, {@link Dfa#DEAD} once no text that it accepts can follow
     */
    private record Pair(int mine, int theirs) {}

    /**
     * @param isMinus whether the texts are those that the other one does not accept
     */
    DfaProduct(Dfa one, Dfa other, boolean isMinus) {
        this.one = one;
        this.other = other;
        this.isMinus = isMinus;
    }

    Dfa dfa() {
        state(one.start(), other.start());
        for (int i = 0; i < pairs.size(); i++) {
            int last = Dfa.DEAD;
            CompileBudget.spend(256);
            for (int b = 0; b < 256; b++) {
                boolean isRun = b > 0 && one.isSame(b, b - 1) && other.isSame(b, b - 1);
                if (!isRun) {
                    last = after(pairs.get(i), b);
                }
                if (last != Dfa.DEAD) {
                    builder.edge(i, b, b, last);
                }
            }
        }
        return builder.build();
    }

    private int after(Pair pair, int b) {
        int theirs = pair.theirs == Dfa.DEAD ? Dfa.DEAD : other.next(pair.theirs, b);
        return state(one.next(pair.mine, b), theirs);
    }

    /** Returns the state of a pair; {@link Dfa#DEAD} if no text can follow. */
    private int state(int mine, int theirs) {
        if (mine == Dfa.DEAD || (theirs == Dfa.DEAD && !isMinus)) {
            return Dfa.DEAD;
        }
        return ids.computeIfAbsent(
                ((long) mine << 32) | (theirs & 0xFFFFFFFFL),
                _ -> {
                    pairs.add(new Pair(mine, theirs));
                    boolean isTheirs = theirs != Dfa.DEAD && other.accepts(theirs);
                    return builder.state(one.accepts(mine) && isTheirs != isMinus);
                });
    }
}
