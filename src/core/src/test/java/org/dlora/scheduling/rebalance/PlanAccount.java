package org.dlora.scheduling.rebalance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.dlora.scheduling.AdapterRef;

/** The rules of a plan, and T by the formula of the problem, counted without the solvers' code. */
public final class PlanAccount {
    private final RebalanceProblem problem;
    private final Map<String, ReplicaSite> sites;
    private final Map<String, AdapterCopies> adapters;

    public PlanAccount(RebalanceProblem problem) {
        this.problem = problem;
        sites =
                problem.replicas().stream()
                        .collect(Collectors.toMap(ReplicaSite::id, site -> site));
        adapters =
                problem.adapters().stream()
                        .collect(Collectors.toMap(AdapterCopies::id, adapter -> adapter));
    }

    private ReplicaSite site(String id) {
        return requireNonNull(sites.get(id));
    }

    private AdapterCopies adapter(String id) {
        return requireNonNull(adapters.get(id));
    }

    /** Returns T in seconds for places of all requests. */
    public double seconds(Map<String, String> places) {
        var work = new TreeMap<String, Double>();
        var blocks = new HashMap<String, Long>();
        var loads = new HashSet<String>();
        for (var request : problem.requests()) {
            var place = places.getOrDefault(request.id(), request.replica());
            work.merge(place, request.seconds(), Double::sum);
            blocks.merge(place, (long) request.endBlocks(), Long::sum);
            if (!place.equals(request.replica())) {
                work.merge(place, request.cost().seconds(), Double::sum);
                if (request.adapter() instanceof AdapterRef.Adapter(var id)
                        && !isHere(id, place)
                        && loads.add(id + " on " + place)) {
                    work.merge(place, adapter(id).loadSeconds(), Double::sum);
                }
            }
        }
        double most = 0;
        for (var place : work.keySet()) {
            long over = Math.max(0, blocks.getOrDefault(place, 0L) - site(place).kvBlocks());
            most = Math.max(most, work.get(place) + over * problem.swapSeconds());
        }
        return most;
    }

    /** Returns whether the adapter is resident at the replica or used by a request there now. */
    private boolean isHere(String adapter, String replica) {
        var memory = site(replica).memory();
        return adapter(adapter).memories().contains(memory)
                || problem.requests().stream()
                        .anyMatch(request ->
                                request.adapter().is(adapter)
                                        && site(request.replica()).memory().equals(memory));
    }

    /** Returns whether the adapters of the requests fit into all memories. */
    public boolean fits(Map<String, String> places) {
        var used = new HashMap<String, Set<String>>();
        for (var request : problem.requests()) {
            if (request.adapter() instanceof AdapterRef.Adapter(var id)) {
                var place = places.getOrDefault(request.id(), request.replica());
                used.computeIfAbsent(site(place).memory(), _ -> new HashSet<>()).add(id);
            }
        }
        return used.entrySet().stream()
                .allMatch(memory ->
                        bytes(memory.getValue())
                                <= problem.adapterBytes().getOrDefault(memory.getKey(), 0L));
    }

    private long bytes(Set<String> ids) {
        return ids.stream().mapToLong(id -> adapter(id).bytes()).sum();
    }

    /**
     * Checks that the moves can be made one after another, and that the plan's figures are true.
     */
    public void check(RebalancePlan plan) {
        var requests =
                problem.requests().stream()
                        .collect(Collectors.toMap(RequestLoad::id, request -> request));
        var places = new HashMap<String, String>();
        var free = new HashMap<String, Integer>();
        var room = new HashMap<String, Long>();
        sites.forEach((id, site) -> free.put(id, site.freeBlocks()));
        sites.forEach((id, site) -> room.put(id, (long) site.freePlaces()));
        for (var move : plan.moves()) {
            var request = requireNonNull(requests.get(move.request()));
            var to = site(move.to());
            assertThat(move.from()).isEqualTo(request.replica()).isNotEqualTo(move.to());
            assertThat(request.movable()).as("%s is movable", request.id()).isTrue();
            assertThat(to.takesRequests()).as("%s takes requests", to.id()).isTrue();
            assertThat(move.to()).isNotEqualTo(request.barred());
            assertThat(places.put(request.id(), move.to())).as("moved once").isNull();
            assertThat(free.merge(move.to(), -request.heldBlocks(), Integer::sum))
                    .as("free blocks of %s", move.to())
                    .isNotNegative();
            free.merge(move.from(), request.heldBlocks(), Integer::sum);
            long runs = request.heldBlocks() > 0 ? 1 : 0;
            assertThat(room.merge(move.to(), -runs, Long::sum))
                    .as("free places of %s", move.to())
                    .isNotNegative();
            room.merge(move.from(), runs, Long::sum);
            assertThat(fits(places)).as("adapters fit after the move of %s", request.id()).isTrue();
        }
        assertThat(plan.before()).isCloseTo(seconds(Map.of()), within(1e-6));
        assertThat(plan.after()).isCloseTo(seconds(places), within(1e-6));
        assertThat(plan.bound()).isLessThanOrEqualTo(plan.after() * (1 + 1e-9));
        assertThat(plan.reasons()).isNotEmpty();
    }
}
