package org.dlora.scheduling.residency;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.dlora.scheduling.residency.ResidencyPlan.Reason;

/** Rules that every plan keeps to. */
final class ResidencyRules {
    private final ResidencySnapshot snapshot;
    private final ResidencyPlan plan;
    private final Map<String, AdapterStanding> byId;

    private ResidencyRules(ResidencySnapshot snapshot, ResidencyPlan plan) {
        this.snapshot = snapshot;
        this.plan = plan;
        byId =
                snapshot.adapters().stream()
                        .collect(toMap(AdapterStanding::id, identity(), (a, _) -> a));
    }

    static void check(ResidencySnapshot snapshot, ResidencyPlan plan) {
        var rules = new ResidencyRules(snapshot, plan);
        rules.checkStandings();
        rules.checkBytes();
        rules.checkFreshVictims();
        rules.checkReasons();
        rules.checkKv();
        rules.checkCopies();
    }

    private void checkStandings() {
        assertThat(plan.evict()).doesNotHaveDuplicates();
        assertThat(plan.close()).doesNotHaveDuplicates();
        assertThat(plan.load()).doesNotHaveDuplicates().noneMatch(plan.impossible()::contains);
        assertThat(standings(plan.evict())).allMatch(a -> mayLeave(a) && a.running() == 0);
        assertThat(standings(plan.close())).allMatch(a -> mayLeave(a) && a.running() > 0);
        assertThat(standings(plan.load())).allMatch(ResidencyRules::isWanted);
        assertThat(standings(plan.impossible())).allMatch(ResidencyRules::isWanted);
        long loading =
                snapshot.adapters().stream()
                        .filter(a -> a.residence() == Residence.LOADING)
                        .count();
        assertThat(loading + plan.load().size())
                .isLessThanOrEqualTo(snapshot.settings().maxLoads());
    }

    private void checkBytes() {
        long needed = bytes(plan.load());
        long room = snapshot.freeBytes() + bytes(plan.evict()) + kvBytes() + copyBytes();
        assertThat(needed).isLessThanOrEqualTo(Math.max(0, room));
        if (!plan.close().isEmpty()) {
            assertThat(isOneOverdue()).isTrue();
        }
        boolean growsKv = snapshot.kv().stream().anyMatch(KvStanding::isShort);
        boolean builds = snapshot.copies().stream().anyMatch(one -> one.want().bytes() > 0);
        if (!isOneOverdue() && !growsKv && !builds && plan.load().size() < 2) {
            assertThat(standings(plan.evict())).allMatch(a -> room - a.bytes() < needed);
        }
    }

    /** Returns the bytes that KV caches give up, less those that they take. */
    private long kvBytes() {
        return plan.kv().stream()
                .mapToLong(next -> {
                    var kv = standing(next);
                    return (kv.blocks() - next.blocks()) * kv.blockBytes();
                })
                .sum();
    }

    private void checkKv() {
        assertThat(plan.kv()).extracting(KvTarget::replica).doesNotHaveDuplicates();
        for (var next : plan.kv()) {
            var kv = standing(next);
            assertThat(next.blocks()).isNotEqualTo(kv.blocks()).isLessThanOrEqualTo(kv.most());
            assertThat(next.why()).isNotEmpty();
            assertThat(next.cause() == KvTarget.Cause.SHORT).isEqualTo(next.blocks() > kv.blocks());
            assertThat(next.cause() != KvTarget.Cause.HELD_BLOCKS || isOneOverdue()).isTrue();
            boolean rests = snapshot.now() < kv.since() + snapshot.settings().kvRest();
            if (next.blocks() > kv.blocks()) {
                assertThat(kv.isShort() && !rests && kv.leaving() == 0).isTrue();
                assertThat(snapshot.freeBytes() + bytes(plan.evict()) + kvBytes() + copyBytes())
                        .isGreaterThanOrEqualTo(bytes(plan.load()));
            } else {
                assertThat(next.blocks()).isGreaterThanOrEqualTo(kv.least());
                assertThat(!rests || isOneOverdue()).isTrue();
                int held = kv.blocks() - Math.max(0, kv.free()) - kv.cached();
                assertThat(next.blocks() >= held || isOneOverdue()).isTrue();
            }
        }
    }

    /** Returns the bytes of copies that are given back. */
    private long copyBytes() {
        return plan.copies().stream()
                .mapToLong(next -> {
                    var copies = standing(next);
                    return copies.idleBytes() + (next.all() ? copies.usedBytes() : 0);
                })
                .sum();
    }

    private void checkCopies() {
        assertThat(plan.copies()).extracting(CopyTarget::replica).doesNotHaveDuplicates();
        for (var next : plan.copies()) {
            var copies = standing(next);
            assertThat(next.why()).isNotEmpty();
            assertThat(next.all() ? copies.usedBytes() : copies.idleBytes()).isPositive();
            boolean isFresh = snapshot.now() < copies.since() + copies.rebuildSeconds();
            assertThat(isOneOverdue() || !(next.all() || isFresh)).isTrue();
        }
    }

    private CopyStanding standing(CopyTarget next) {
        return snapshot.copies().stream()
                .filter(one -> one.replica().equals(next.replica()))
                .findFirst()
                .orElseThrow();
    }

    private KvStanding standing(KvTarget next) {
        return snapshot.kv().stream()
                .filter(kv -> kv.replica().equals(next.replica()))
                .findFirst()
                .orElseThrow();
    }

    private void checkFreshVictims() {
        for (var victim : standings(plan.evict())) {
            assertThat(!isFresh(victim) || isOneOverdue()).isTrue();
        }
        for (var victim : standings(plan.close())) {
            assertThat(!isFresh(victim) || isOneOverdue()).isTrue();
        }
    }

    private boolean isFresh(AdapterStanding adapter) {
        return snapshot.now() < adapter.since() + adapter.loadSeconds();
    }

    private void checkReasons() {
        var explained = plan.reasons().stream().map(Reason::adapter).toList();
        assertThat(explained).doesNotHaveDuplicates();
        assertThat(
                        Stream.of(plan.evict(), plan.close(), plan.load(), plan.impossible())
                                .flatMap(List::stream))
                .allMatch(explained::contains);
        assertThat(snapshot.adapters().stream().filter(a -> a.waiting() > 0))
                .allMatch(a -> explained.contains(a.id()));
    }

    private boolean isOneOverdue() {
        double maxWait = snapshot.settings().maxWait();
        return snapshot.adapters().stream()
                .filter(a -> a.residence() == Residence.ABSENT && a.waiting() > 0)
                .filter(a -> !plan.impossible().contains(a.id()))
                .anyMatch(a -> snapshot.now() >= a.oldestWaiting() + maxWait);
    }

    private static boolean isWanted(AdapterStanding adapter) {
        return adapter.residence() == Residence.ABSENT
                && (adapter.waiting() > 0 || adapter.pinned());
    }

    private static boolean mayLeave(AdapterStanding adapter) {
        return adapter.residence() == Residence.RESIDENT
                && !adapter.pinned()
                && adapter.waiting() == 0;
    }

    private List<AdapterStanding> standings(List<String> ids) {
        return ids.stream().map(id -> Objects.requireNonNull(byId.get(id))).toList();
    }

    private long bytes(List<String> ids) {
        return standings(ids).stream().mapToLong(AdapterStanding::bytes).sum();
    }
}
