package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An index of a snapshot's flows and teams. Where no request has a team, each adapter with work is
 * a flow of the group without one.
 */
public final class FlowIndex {
    private final Map<Flow, List<SequenceView>> sequences = new LinkedHashMap<>();
    private final Map<Flow, Integer> unfinished = new LinkedHashMap<>();
    private final Map<TeamRef, Double> shares = new LinkedHashMap<>();
    private final boolean hasTeams;

    /**
     * @param byAdapter the sequences of each adapter, that of the oldest sequence first
     * @param adapters all adapters with work, in the order of loading
     */
    FlowIndex(
            Snapshot snapshot,
            Map<AdapterRef, List<SequenceView>> byAdapter,
            Collection<AdapterView> adapters) {
        hasTeams = !snapshot.teams().isEmpty();
        if (!hasTeams) {
            shares.put(TeamRef.NONE, 1.0);
            byAdapter.forEach((adapter, its) -> sequences.put(Flow.of(adapter), its));
            adapters.forEach(a -> unfinished.put(Flow.of(a.id()), a.backlog().unfinished()));
            return;
        }
        for (var team : snapshot.teams()) {
            shares.put(team.team(), team.share());
            team.unfinished()
                    .forEach((adapter, count) ->
                            unfinished.put(new Flow(team.team(), adapter), count));
        }
        for (var sequence : snapshot.sequences()) {
            sequences.computeIfAbsent(sequence.flow(), _ -> new ArrayList<>()).add(sequence);
        }
        sequences.forEach((flow, its) -> {
            shares.putIfAbsent(flow.team(), 1.0);
            unfinished.putIfAbsent(flow, its.size());
        });
    }

    /** Returns whether requests have teams; otherwise an adapter is one flow. */
    public boolean hasTeams() {
        return hasTeams;
    }

    /** Returns the flows that have work; those of a team in the order of loading. */
    public Collection<Flow> working() {
        return unfinished.keySet();
    }

    /** Returns the flows with sequences in the snapshot, that of the oldest sequence first. */
    public Collection<Flow> byAge() {
        return sequences.keySet();
    }

    /** Returns the sequences of {@code flow} in the snapshot, oldest first. */
    public List<SequenceView> sequences(Flow flow) {
        return sequences.getOrDefault(flow, List.of());
    }

    /** Returns the unfinished requests of {@code flow}, also those that the snapshot hides. */
    public int unfinished(Flow flow) {
        return unfinished.getOrDefault(flow, 0);
    }

    /** Returns the teams that have work, with their shares of service. */
    public Map<TeamRef, Double> shares() {
        return shares;
    }

    /** Returns the share of a team. */
    public double share(TeamRef team) {
        return shares.getOrDefault(team, 1.0);
    }
}
