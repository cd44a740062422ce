package org.dlora.scheduling;

import java.util.Map;
import org.dlora.scheduling.fair.DloraState;

/** A policy that counts by team alone: it forgets the leads of adapters before each decision. */
record WithoutAdapters(Policy<DloraState> policy) implements Policy<DloraState> {
    @Override
    public String name() {
        return policy.name();
    }

    @Override
    public boolean countsTeams() {
        return true;
    }

    @Override
    public DloraState start() {
        return policy.start();
    }

    @Override
    public Decision<DloraState> decide(Snapshot snapshot, DloraState state) {
        return policy.decide(
                snapshot,
                new DloraState(
                        Map.of(),
                        state.at(),
                        state.waited(),
                        state.unserved(),
                        state.served(),
                        state.lost(),
                        state.running(),
                        state.chosen(),
                        state.teamLeads()));
    }
}
