package org.dlora.scheduling;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;

/**
 * Teams of several shares whose requests come in floods, drips and silences. They use adapters of
 * several weights, some of them together. One of the teams is the group without a team.
 */
final class TeamCrowd {
    private static final double ROUNDING = 1e-6;

    final SimulatedServer<DloraState> server;
    private final Random random;
    private final int longestPrompt;
    private final StepLimits limits;
    private final DloraSettings settings;
    private final Map<TeamRef, Double> shares = new LinkedHashMap<>();
    private final Map<AdapterRef, Double> weights = new LinkedHashMap<>();
    private final List<Flow> flows = new ArrayList<>();
    private final List<DloraState> before = new ArrayList<>();

    /** A crowd that is short of memory. */
    TeamCrowd(Random random) {
        this(random, 8 + random.nextInt(40), 50, policy -> policy);
    }

    TeamCrowd(
            Random random,
            int blocks,
            int longestPrompt,
            UnaryOperator<Policy<DloraState>> policy) {
        this.random = random;
        this.longestPrompt = longestPrompt;
        limits = new StepLimits(1 + random.nextInt(8), 4 + random.nextInt(60), 16);
        settings = new DloraSettings(1, 2, random.nextInt(200), 0.2 + random.nextDouble(), 0.02);
        double element = random.nextBoolean() ? 0 : 1e-9;
        var costs = new SyntheticCosts(0.01, 0.0005, 0.001, element, 0.2);
        server =
                new SimulatedServer<>(
                        policy.apply(new DloraPolicy(settings)), limits, blocks, costs);
        addAdapters();
        addTeams();
    }

    private void addAdapters() {
        weights.put(AdapterRef.base(), 1.0);
        for (int i = 0; i < 2 + random.nextInt(4); i++) {
            double weight = random.nextInt(3) == 0 ? 0.5 + 2 * random.nextDouble() : 1;
            var adapter =
                    RandomAdapters.adapter(
                            "adapter-" + i, 8 << random.nextInt(5), MergeRules.FREE, weight);
            weights.put(adapter.id(), weight);
            server.add(adapter);
        }
    }

    private void addTeams() {
        var given = TeamWeights.EQUAL;
        for (int i = 0; i < 2 + random.nextInt(3); i++) {
            var team = i == 0 ? TeamRef.NONE : new TeamRef("team-" + i);
            double share = i > 0 && random.nextBoolean() ? share() : 1;
            shares.put(team, share);
            given = i == 0 ? given : given.with(team, share);
            int known = flows.size();
            for (var adapter : weights.keySet()) {
                if (random.nextInt(3) > 0) {
                    flows.add(new Flow(team, adapter));
                }
            }
            if (flows.size() == known) {
                flows.add(new Flow(team, AdapterRef.of("adapter-0")));
            }
        }
        server.share(given);
    }

    /** Returns a share that now and then raises the bounds of all while its team has work. */
    private double share() {
        return random.nextInt(4) == 0 ? 0.05 : 0.5 + 2 * random.nextDouble();
    }

    void run() {
        var teams = List.copyOf(shares.keySet());
        for (int phase = 0; phase < 4; phase++) {
            var hot = flows.get(random.nextInt(flows.size()));
            var silent = random.nextBoolean() ? teams.get(random.nextInt(teams.size())) : null;
            double others = 0.2 * random.nextDouble();
            for (int i = 0; i < 100; i++) {
                for (var flow : flows) {
                    if (!flow.team().equals(silent)
                            && random.nextDouble() < (flow.equals(hot) ? 0.8 : others)) {
                        submit(flow);
                    }
                }
                step();
            }
            for (int i = random.nextInt(300); i > 0; i--) {
                step();
            }
        }
    }

    private void submit(Flow flow) {
        int prompt = 1 + random.nextInt(longestPrompt);
        int outputs = 1 + random.nextInt(60);
        server.submit(flow, prompt, outputs, random.nextInt(8) == 0);
    }

    private void step() {
        if (!server.isIdle()) {
            before.add(server.state());
            server.step();
        }
    }

    private double lead(double least) {
        double step = settings.stepService(limits) / least;
        return Math.max(settings.maxLead(), step) + step;
    }

    /**
     * Returns the bound of leads after each step: the largest D + S of the steps since all leads of
     * the level last were 0.
     *
     * @param least the smallest weight of those with work, infinite if none has any
     * @param isEven whether all leads are 0 in a state
     */
    private double[] bounds(ToDoubleFunction<StepReport> least, Predicate<DloraState> isEven) {
        var bounds = new double[server.steps.size()];
        double bound = 0;
        for (int i = 0; i < bounds.length; i++) {
            double now = least.applyAsDouble(server.steps.get(i));
            bound = isEven.test(before.get(i)) ? 0 : bound;
            bound = Double.isInfinite(now) ? bound : Math.max(bound, lead(now));
            bounds[i] = bound;
        }
        return bounds;
    }

    private double[] boundsOfTeams() {
        return bounds(
                step ->
                        step.flows().unfinished().keySet().stream()
                                .mapToDouble(flow -> share(flow.team()))
                                .min()
                                .orElse(Double.POSITIVE_INFINITY),
                state -> state.teamLeads().isEmpty());
    }

    private double[] boundsWithin(TeamRef team) {
        return bounds(
                step ->
                        step.flows().unfinished().keySet().stream()
                                .filter(flow -> flow.team().equals(team))
                                .mapToDouble(this::weight)
                                .min()
                                .orElse(Double.POSITIVE_INFINITY),
                state -> state.leads().keySet().stream().noneMatch(f -> f.team().equals(team)));
    }

    /** Checks that no lead of a team, or of a flow in its team, exceeds its bound. */
    void assertLeads() {
        var ofTeams = boundsOfTeams();
        var within = new HashMap<TeamRef, double[]>();
        shares.keySet().forEach(team -> within.put(team, boundsWithin(team)));
        for (int i = 1; i < before.size(); i++) {
            for (double lead : before.get(i).teamLeads().values()) {
                assertThat(lead).isLessThanOrEqualTo(ofTeams[i - 1] + ROUNDING);
            }
            for (var lead : before.get(i).leads().entrySet()) {
                assertThat(lead.getValue())
                        .isLessThanOrEqualTo(
                                requireNonNull(within.get(lead.getKey().team()))[i - 1] + ROUNDING);
            }
        }
    }

    private double weight(Flow flow) {
        return weights.getOrDefault(flow.adapter(), 1.0);
    }

    private double share(TeamRef team) {
        return shares.getOrDefault(team, 1.0);
    }

    /** The service per weight of one, and whether it is backlogged. */
    private record Served(double service, boolean isBacklogged) {}

    private Served served(StepReport step, Flow flow) {
        return new Served(
                step.flows().service().getOrDefault(flow, 0.0) / weight(flow),
                step.flows().waiting().contains(flow));
    }

    private Served served(StepReport step, TeamRef team) {
        return new Served(
                step.flows().teamService().getOrDefault(team, 0.0) / share(team),
                step.flows().waitingTeams().contains(team));
    }

    /** Something of which each step has a value, by step. */
    private interface ByStep {
        Served in(StepReport step);
    }

    /**
     * Returns the widest gap of service per share of two teams that are backlogged throughout, by
     * its bound.
     */
    double widestGapOfTeams() {
        var bounds = boundsOfTeams();
        double widest = 0;
        for (var one : shares.keySet()) {
            for (var other : shares.keySet()) {
                widest = Math.max(widest, gap(s -> served(s, one), s -> served(s, other), bounds));
            }
        }
        return widest;
    }

    /** Returns the widest gap of two flows of a team, by its bound. */
    double widestGapWithinTeams() {
        double widest = 0;
        for (var team : shares.keySet()) {
            var bounds = boundsWithin(team);
            var its = flows.stream().filter(flow -> flow.team().equals(team)).toList();
            for (var one : its) {
                for (var other : its) {
                    widest =
                            Math.max(
                                    widest,
                                    gap(s -> served(s, one), s -> served(s, other), bounds));
                }
            }
        }
        return widest;
    }

    /** Returns the widest gap, as a part of twice the largest bound in its stretch. */
    private double gap(ByStep one, ByStep other, double[] bounds) {
        double widest = 0;
        double difference = 0;
        double lowest = Double.POSITIVE_INFINITY;
        double bound = 0;
        for (int i = 0; i < bounds.length; i++) {
            var step = server.steps.get(i);
            var its = one.in(step);
            var theirs = other.in(step);
            difference += its.service() - theirs.service();
            if (!its.isBacklogged() || !theirs.isBacklogged()) {
                lowest = Double.POSITIVE_INFINITY;
            } else if (difference <= lowest) {
                lowest = difference;
                bound = bounds[i];
            } else {
                bound = Math.max(bound, bounds[i]);
                widest = Math.max(widest, (difference - lowest - ROUNDING) / (2 * bound));
            }
        }
        return widest;
    }

    /**
     * Returns the most that a team gets, by its share, while another one waits for its first, by
     * the bound.
     */
    double mostWhileATeamGotNothing() {
        var bounds = boundsOfTeams();
        double most = 0;
        for (var hungry : shares.keySet()) {
            for (var other : shares.keySet()) {
                most =
                        Math.max(
                                most,
                                excess(
                                        s -> served(s, hungry),
                                        s -> served(s, other),
                                        _ -> 0,
                                        bounds));
            }
        }
        return most;
    }

    /** Checks what others of its team, and other teams, get while a flow gets nothing. */
    void assertServiceOfOthersWhileAFlowGotNothing() {
        var ofTeams = boundsOfTeams();
        for (var hungry : flows) {
            var within = boundsWithin(hungry.team());
            for (var other : flows) {
                if (other.team().equals(hungry.team())) {
                    assertThat(
                                    excess(
                                            s -> served(s, hungry),
                                            s -> served(s, other),
                                            _ -> 0,
                                            within))
                            .as("%s while %s got nothing", other, hungry)
                            .isLessThanOrEqualTo(1);
                }
            }
            for (var team : shares.keySet()) {
                assertThat(
                                excess(
                                        s -> served(s, hungry),
                                        s -> served(s, team),
                                        s -> served(s, hungry.team()).service(),
                                        ofTeams))
                        .as("%s while %s got nothing", team, hungry)
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    private interface Allowed {
        double in(StepReport step);
    }

    /**
     * Returns the most that one gets, less what is allowed, while another gets nothing. It is a
     * part of twice the largest bound, from the step before on.
     */
    private double excess(ByStep hungry, ByStep other, Allowed allowed, double[] bounds) {
        double most = 0;
        double got = 0;
        double bound = 0;
        for (int i = 0; i < bounds.length; i++) {
            var step = server.steps.get(i);
            var its = hungry.in(step);
            bound = Math.max(bound, bounds[i]);
            if (!its.isBacklogged() || its.service() > 0) {
                got = 0;
                bound = bounds[i];
            } else {
                got += other.in(step).service() - allowed.in(step);
                most = Math.max(most, (got - ROUNDING) / (2 * bound));
            }
        }
        return most;
    }

    /** Checks that entitled flows whose oldest request finds blocks wait no longer than stated. */
    void assertServedInTime(boolean isMemoryShort) {
        double longestStep =
                server.steps.stream().mapToDouble(s -> s.end() - s.start()).max().orElse(0);
        int turns = Math.ceilDiv(flows.size(), Math.min(limits.maxBatch(), limits.maxTokens())) + 1;
        double bound = settings.maxWait() + turns * longestStep + ROUNDING;
        BiPredicate<Snapshot, Flow> finds = isMemoryShort ? this::findsBlocks : (_, _) -> true;
        for (var flow : flows) {
            assertThat(longestWait(flow, finds)).as("%s", flow).isLessThanOrEqualTo(bound);
        }
    }

    private double longestWait(Flow flow, BiPredicate<Snapshot, Flow> finds) {
        double longest = 0;
        double since = Double.NaN;
        for (int i = 0; i < server.steps.size(); i++) {
            var step = server.steps.get(i);
            var leads = before.get(i);
            boolean isEntitled =
                    leads.leads().getOrDefault(flow, 0.0) <= settings.maxLead()
                            && leads.teamLeads().getOrDefault(flow.team(), 0.0)
                                    <= settings.maxLead();
            boolean isPassedOver =
                    step.flows().waiting().contains(flow)
                            && !step.flows().rows().containsKey(flow)
                            && isEntitled
                            && finds.test(step.snapshot(), flow);
            if (isPassedOver) {
                since = Double.isNaN(since) ? step.start() : since;
                longest = Math.max(longest, step.end() - since);
            } else {
                since = Double.NaN;
            }
        }
        return longest;
    }

    /** Whether the flow's oldest request holds blocks, or finds some whatever else is admitted. */
    private boolean findsBlocks(Snapshot snapshot, Flow flow) {
        int spare = snapshot.freeBlocks();
        var oldest = new HashMap<Flow, SequenceView>();
        for (var view : snapshot.sequences()) {
            oldest.putIfAbsent(view.flow(), view);
            spare -= view.holdsBlocks() ? view.blocksToNextToken(limits) + 1 : 0;
        }
        for (var view : oldest.values()) {
            boolean isItself = view.flow().equals(flow);
            if (isItself && view.holdsBlocks()) {
                return true;
            }
            boolean needsBlocks =
                    isItself
                            || (!view.holdsBlocks()
                                    && view.blocksToNextToken(limits) < snapshot.freeBlocks());
            spare -= needsBlocks ? view.blocksToNextToken(limits) + 1 : 0;
        }
        return spare >= 0;
    }

    /** Checks that no prompt gets rows before an older request of its flow that holds blocks. */
    void assertOrderWithinFlows() {
        for (var step : server.steps) {
            var running = new HashMap<Long, Integer>();
            step.decision().plan().run().forEach(run -> running.put(run.sequence(), run.rows()));
            var youngest = new HashMap<Flow, Long>();
            for (var view : step.snapshot().sequences()) {
                boolean decodes = view.holdsBlocks() && view.pending() == 1;
                if (running.containsKey(view.id()) && !decodes) {
                    youngest.merge(view.flow(), view.id(), Math::max);
                }
            }
            for (var view : step.snapshot().sequences()) {
                if (view.holdsBlocks() && !running.containsKey(view.id())) {
                    assertThat(youngest.getOrDefault(view.flow(), -1L))
                            .as("%s", view)
                            .isLessThan(view.id());
                }
            }
        }
    }

    boolean ranAlone() {
        return server.steps.stream()
                .anyMatch(s -> s.decision().explanation().chosen().startsWith("merged:"));
    }

    /** Returns whether an adapter ran alone while several teams used it. */
    boolean ranAloneForSeveral() {
        return server.steps.stream()
                .filter(s -> s.decision().explanation().chosen().startsWith("merged:"))
                .filter(s -> s.decision().plan().mode() instanceof Mode.Merged)
                .anyMatch(s ->
                        s.flows().rows().keySet().stream().map(Flow::team).distinct().count() > 1);
    }
}
