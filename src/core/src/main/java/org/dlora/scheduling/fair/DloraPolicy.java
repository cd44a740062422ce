package org.dlora.scheduling.fair;

import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamStanding;

/**
 * The policy {@code dlora}: at each step the mode with the highest predicted tokens per second. The
 * prediction spans the horizon of the backlog, and the choice stays within fair shares of service.
 *
 * <p>Three kinds of candidates are compared: unmerged; an adapter merged, with all others beside it
 * (mixed); an adapter merged and alone, while all others are paused. Another mode than the present
 * one has to be better by {@link DloraSettings#minGain}. A chosen mode that is not ready is built,
 * while the best ready mode runs. An adapter may run alone only for teams that are not ahead in
 * {@linkplain FairShares service}, in which it is not ahead either, and while no other adapter is
 * overdue. A step with an exact request runs unmerged.
 *
 * <p>The guarantees and their proofs are in {@code docs/scheduling.md}.
 */
public final class DloraPolicy implements Policy<DloraState> {
    /** Factor by which a build begins earlier than it must. */
    private static final double EARLY = 1.5;

    private final DloraSettings settings;

    public DloraPolicy(DloraSettings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "dlora";
    }

    @Override
    public boolean countsTeams() {
        return true;
    }

    @Override
    public DloraState start() {
        return DloraState.START;
    }

    @Override
    public Decision<DloraState> decide(Snapshot snapshot, DloraState state) {
        if (snapshot.sequences().isEmpty()) {
            return Decision.idle(name(), snapshot, state);
        }
        var index = SnapshotIndex.of(snapshot);
        var shares = new FairShares(index, settings, state);
        var candidates = new ModeCandidates(index, shares, settings).all();
        var wanted = best(candidates, state.chosen());
        var now =
                snapshot.merge().isReady(wanted.mode())
                        ? wanted
                        : best(ready(candidates, snapshot), present(snapshot, state));
        var plan = now.draft().toPlan(now.mode(), target(index, candidates, wanted));
        double step = snapshot.costs().step(StepShape.of(index, plan));
        var next = shares.after(plan, wanted.name());
        return new Decision<>(
                plan, next, explain(index, plan, candidates, wanted, now, step, next));
    }

    /**
     * Returns the mode to build: {@code wanted}, or the mode after it. The mode after it is built
     * if {@code wanted} is ready, will soon end, and memory has room for both.
     */
    private Mode target(SnapshotIndex index, List<Candidate> candidates, Candidate wanted) {
        var merge = index.snapshot().merge();
        if (!wanted.alone() || !merge.isReady(wanted.mode())) {
            return wanted.mode();
        }
        var others = candidates.stream().filter(c -> !c.mode().equals(wanted.mode())).toList();
        var next = best(others, Candidate.name(Mode.unmerged(), false));
        double build = next.rate().merge() / merge.share();
        boolean isDue = build > 0 && wanted.rate().horizon() < EARLY * build;
        boolean haveRoom =
                bytes(wanted.mode(), index) + bytes(next.mode(), index) <= merge.memory();
        return isDue && haveRoom ? next.mode() : wanted.mode();
    }

    /** Returns the bytes of the mode's merged weights. */
    private static long bytes(Mode mode, SnapshotIndex index) {
        return switch (mode) {
            case Mode.Unmerged() -> 0;
            case Mode.Merged(var adapter) -> index.get(AdapterRef.of(adapter)).lora().mergeBytes();
        };
    }

    private static List<Candidate> ready(List<Candidate> candidates, Snapshot snapshot) {
        return candidates.stream().filter(c -> snapshot.merge().isReady(c.mode())).toList();
    }

    /**
     * Returns the candidate to keep if no other is better: the mode of the last step, mixed if it
     * was.
     */
    private static String present(Snapshot snapshot, DloraState state) {
        var mode = snapshot.merge().mode();
        var alone = Candidate.name(mode, true);
        return state.chosen().equals(alone) ? alone : Candidate.name(mode, false);
    }

    /** Returns the fastest allowed candidate, or {@code present} if that is hardly slower. */
    private Candidate best(List<Candidate> candidates, String present) {
        var allowed = candidates.stream().filter(Candidate::isAllowed).toList();
        var fastest =
                allowed.stream()
                        .max(comparingDouble(c -> c.rate().tokensPerSecond()))
                        .orElseThrow();
        return allowed.stream()
                .filter(c -> c.name().equals(present))
                .filter(c ->
                        c.rate().tokensPerSecond() * (1 + settings.minGain())
                                >= fastest.rate().tokensPerSecond())
                .findFirst()
                .orElse(fastest);
    }

    private StepDecision explain(
            SnapshotIndex index,
            StepPlan plan,
            List<Candidate> candidates,
            Candidate wanted,
            Candidate now,
            double step,
            DloraState next) {
        var why =
                "%s: %.1f tokens/s over %.2f s%s"
                        .formatted(
                                wanted.name(),
                                wanted.rate().tokensPerSecond(),
                                wanted.rate().horizon(),
                                plan.mode().equals(plan.target())
                                        ? ""
                                        : "; until it is built " + now.name());
        return new StepDecision(
                name(),
                wanted.name(),
                why,
                plan.mode(),
                plan.target(),
                candidates.stream().map(Candidate::explained).toList(),
                step,
                standing(next),
                index.flows().hasTeams() ? teams(index, next) : List.of());
    }

    private static Map<AdapterRef, Double> standing(DloraState next) {
        var standing = new HashMap<AdapterRef, Double>();
        next.leads().forEach((flow, lead) -> standing.merge(flow.adapter(), lead, Math::max));
        return standing;
    }

    private static List<TeamStanding> teams(SnapshotIndex index, DloraState next) {
        var byTeam = new HashMap<TeamRef, Map<AdapterRef, Double>>();
        next.leads()
                .forEach((flow, lead) ->
                        byTeam.computeIfAbsent(flow.team(), _ -> new HashMap<>())
                                .put(flow.adapter(), lead));
        var teams = new ArrayList<TeamStanding>();
        index.flows()
                .shares()
                .forEach((team, share) ->
                        teams.add(
                                new TeamStanding(
                                        team,
                                        share,
                                        next.teamLeads().getOrDefault(team, 0.0),
                                        byTeam.getOrDefault(team, Map.of()))));
        return teams;
    }
}
