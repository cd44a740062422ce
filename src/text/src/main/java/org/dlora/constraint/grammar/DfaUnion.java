package org.dlora.constraint.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Union of automata as one automaton, so that a text within several of them has one place. Its
 * states are the sets of their states.
 */
final class DfaUnion {
    private final List<Dfa> parts;
    private final DfaBuilder builder = new DfaBuilder();
    private final Map<List<Member>, Integer> ids = new HashMap<>();
    private final List<List<Member>> sets = new ArrayList<>();

    /** A state of the automaton {@code part}. */
    private record Member(int part, int state) {}

    private DfaUnion(List<Dfa> parts) {
        this.parts = parts;
    }

    /** Returns the automaton of what any of the parts accepts; null if it is too large for use. */
    static @Nullable Dfa of(List<Dfa> parts) {
        return CompileBudget.attempt(() -> new DfaUnion(parts).dfa());
    }

    private @Nullable Dfa dfa() {
        // Texts that differ share nothing but their beginnings, so the sum is mostly enough.
        // A state adds at most 256, which the builder must have room for.
        int most = Math.min(Dfa.MAX_STATES - 256, 2 * parts.stream().mapToInt(Dfa::size).sum());
        var start = new ArrayList<Member>();
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).start() != Dfa.DEAD) {
                start.add(new Member(i, parts.get(i).start()));
            }
        }
        if (!start.isEmpty()) {
            id(start);
        }
        for (int i = 0; i < sets.size(); i++) {
            if (sets.size() > most) {
                return null;
            }
            expand(i);
        }
        return builder.build();
    }

    private void expand(int id) {
        var set = sets.get(id);
        for (int low = 0; low < 256; ) {
            int end = low + 1;
            while (end < 256 && isSame(set, low, end)) {
                end++;
            }
            CompileBudget.spend((long) set.size() * (end - low));
            var after = new ArrayList<Member>();
            for (var member : set) {
                int to = parts.get(member.part).next(member.state, low);
                if (to != Dfa.DEAD) {
                    after.add(new Member(member.part, to));
                }
            }
            if (!after.isEmpty()) {
                builder.edge(id, low, end - 1, id(after));
            }
            low = end;
        }
    }

    private boolean isSame(List<Member> set, int b, int other) {
        for (var member : set) {
            if (!parts.get(member.part).isSame(b, other)) {
                return false;
            }
        }
        return true;
    }

    private int id(List<Member> set) {
        var known = ids.get(set);
        if (known != null) {
            return known;
        }
        int id =
                builder.state(
                        set.stream()
                                .anyMatch(member -> parts.get(member.part).accepts(member.state)));
        ids.put(set, id);
        sets.add(set);
        return id;
    }
}
