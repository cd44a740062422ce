package org.dlora.scheduling;

import java.util.List;
import org.dlora.scheduling.fair.DloraState;

/** A policy that counts by adapter alone, whatever the teams of requests are. */
record WithoutTeams(Policy<DloraState> policy) implements Policy<DloraState> {
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
    public Decision<DloraState> decide(Snapshot seen, DloraState state) {
        var blind =
                new Snapshot(
                        seen.now(),
                        seen.sequences().stream().map(WithoutTeams::withoutTeam).toList(),
                        seen.freeBlocks(),
                        seen.limits(),
                        seen.merge(),
                        seen.adapters(),
                        seen.loaded(),
                        seen.outputs(),
                        seen.slo(),
                        seen.costs(),
                        List.of());
        return policy.decide(blind, state);
    }

    private static SequenceView withoutTeam(SequenceView view) {
        var request = view.request();
        return new SequenceView(
                view.id(),
                view.adapter(),
                view.arrival(),
                view.tokens(),
                view.computed(),
                view.blocks(),
                view.ownBlocks(),
                view.soleBlocks(),
                view.prefixTokens(),
                view.heldPrefixBlocks(),
                view.plainRows(),
                new SequenceRequest(
                        request.arrivedAt(),
                        request.promptTokens(),
                        request.maxOutput(),
                        request.exact(),
                        request.greedy()));
    }
}
