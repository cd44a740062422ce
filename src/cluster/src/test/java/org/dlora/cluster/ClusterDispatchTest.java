package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.dlora.cluster.ClusterTest.FakeReplica;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.residency.AdapterClient;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.dlora.scheduling.dispatch.Prospect;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Dispatch on three replicas; replica 0 has a memory of its own, 1 and 2 share one. */
class ClusterDispatchTest {
    private final FakeReplica zero = new FakeReplica("0", 10);
    private final FakeReplica one = new FakeReplica("1", 20);
    private final FakeReplica two = new FakeReplica("2", 30);
    private final CpuDevice device = new CpuDevice();
    private final ServedAdapter bee = TinyAdapter.served("bee#1", "bee");
    private final AdapterMemory alone = TinyMemory.of("0", device, List.of(zero), List.of(bee));
    private final AdapterMemory shared =
            TinyMemory.of("1", device, List.of(one, two), List.of(bee));
    private final ServedNames names = new ServedNames("base", List.of(bee));
    private final Cluster cluster = cluster(DispatchPolicy.PREDICTED_FINISH);

    @AfterEach
    void close() {
        List.of(zero, one, two).forEach(FakeReplica::close);
        List.of(alone, shared).forEach(AdapterMemory::close);
    }

    private Cluster cluster(DispatchPolicy policy) {
        return new Cluster(
                List.of(zero, one, two),
                List.of(alone, shared),
                100,
                names,
                SchedulingSettings.DEFAULT,
                policy.rule(),
                List.of());
    }

    private static void submit(Cluster cluster, String id, @Nullable String adapter) {
        cluster.submit(request(id, adapter), _ -> {});
    }

    /** Returns a request with a prompt of a block and a token. */
    private static GenerationRequest request(String id, @Nullable String adapter) {
        return new GenerationRequest(
                id,
                AdapterRef.ofNullable(adapter),
                IntStream.rangeClosed(0, KvBlocks.TOKENS).toArray(),
                SamplingParams.GREEDY,
                StopConditions.after(1),
                -1,
                -1,
                true);
    }

    private void fail(FakeReplica replica) {
        replica.serving = false;
        cluster.lost(replica, "it has failed");
    }

    @Test
    void decisionsAreKeptWithTheNewestFirst() {
        List.of("a", "b", "c").forEach(id -> submit(cluster, id, null));
        assertThat(cluster.decisions(2))
                .extracting(DispatchRecord::request)
                .containsExactly("c", "b");
        assertThat(cluster.decisions(256))
                .extracting(DispatchRecord::request)
                .containsExactly("c", "b", "a");
        assertThat(cluster.decisions(0)).isEmpty();
        for (int i = 0; i < 300; i++) {
            submit(cluster, "r" + i, null);
            end("r" + i);
        }
        assertThat(cluster.decisions(1000)).hasSize(256);
    }

    /**
     * Issue 15: it was logged when the request came, and once more when its adapter was granted.
     */
    @Test
    void requestOfAResidentAdapterIsOneDecision() {
        submit(cluster, "a", "bee");
        submit(cluster, "b", null);
        assertThat(cluster.decisions(256))
                .extracting(DispatchRecord::request)
                .containsExactly("b", "a");
    }

    private void end(String id) {
        for (var replica : List.of(zero, one, two)) {
            if (replica.has(id)) {
                replica.end(id);
            }
        }
    }

    @Test
    void leastLoadedDispatchGoesWhereTheAdapterIsResident() {
        var leastLoaded = cluster(DispatchPolicy.LEAST_LOADED);
        var _ = shared.evict("bee#1");
        for (int i = 0; i < 5; i++) {
            submit(leastLoaded, "r" + i, "bee");
            assertThat(zero.has("r" + i)).isTrue();
        }
        submit(leastLoaded, "base", null);
        assertThat(two.has("base")).isTrue();
        var decision = leastLoaded.decisions(1).getFirst().decision();
        assertThat(decision.rule().policy()).isEqualTo(DispatchPolicy.LEAST_LOADED);
    }

    @Test
    void prefixesOfAReplicaThatBeganAnewAreForgotten() {
        submit(cluster, "a", null);
        assertThat(two.has("a")).isTrue();
        two.end("a");
        submit(cluster, "b", null);
        assertThat(prefixTokens("2")).isEqualTo(KvBlocks.TOKENS);
        assertThat(prefixTokens("1")).isZero();
        cluster.restarted(one);
        submit(cluster, "c", null);
        assertThat(prefixTokens("2")).isEqualTo(KvBlocks.TOKENS);
        cluster.restarted(two);
        submit(cluster, "d", null);
        assertThat(prefixTokens("2")).isZero();
    }

    @Test
    void prefixesAreExpectedForTheirOwnerAlone() {
        var red = PrefixOwner.ofTeam("red");
        cluster.submit(request("a", null).withPrefixOwner(red), _ -> {});
        assertThat(two.has("a")).isTrue();
        submit(cluster, "b", null);
        assertThat(prefixTokens("2")).isZero();
        cluster.submit(request("c", null).withPrefixOwner(red.salted("x")), _ -> {});
        assertThat(prefixTokens("2")).isZero();
        cluster.submit(request("d", null).withPrefixOwner(red), _ -> {});
        assertThat(prefixTokens("2")).isEqualTo(KvBlocks.TOKENS);
    }

    private int prefixTokens(String replica) {
        return cluster.decisions(1).getFirst().decision().prospects().stream()
                .filter(prospect -> prospect.replica().equals(replica))
                .mapToInt(Prospect::prefixTokens)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRequestOfAFailedReplicaGoesToADrainingOneRatherThanFail() {
        submit(cluster, "base", null);
        submit(cluster, "bee", "bee");
        assertThat(two.has("base")).isTrue();
        assertThat(one.has("bee")).isTrue();
        cluster.pool().drain("0", true);
        cluster.pool().drain("1", true);
        fail(two);
        assertThat(List.of(zero, one)).anyMatch(replica -> replica.has("base"));
        end("base");
        // In its memory no replica is left; the other memory drains.
        fail(one);
        await().until(() -> zero.has("bee"));
        submit(cluster, "new", null);
        assertThat(zero.has("new")).as("a drain refuses no request").isTrue();
        fail(zero);
        assertThatIllegalStateException().isThrownBy(() -> submit(cluster, "late", null));
    }

    @Test
    void aRequestThatCannotBeContinuedKeepsNoOtherFromIt() {
        List.of(zero, one).forEach(replica -> replica.serving = false);
        var told = new ArrayList<GenerationEvent>();
        for (var id : List.of("a", "b")) {
            cluster.submit(
                    request(id, null),
                    event -> {
                        told.add(event);
                        throw new AssertionError("a test");
                    });
        }
        fail(two);
        assertThat(told).hasSize(2).allMatch(Failed.class::isInstance);
        assertThat(cluster.unfinished()).isZero();
    }

    @Test
    void aRequestOfAFailedReplicaGoesToADrainingOneOnlyIfNoOtherTakesRequests() {
        submit(cluster, "bee", "bee");
        assertThat(two.has("bee")).isTrue();
        cluster.pool().drain("1", true);
        fail(two);
        await().until(() -> zero.has("bee"));
        assertThat(one.has("bee")).isFalse();
    }

    /**
     * The memory may forget the adapter after it has ended the wait, before the request is told.
     */
    @Test
    void aRequestThatWaitedForAnUnloadedAdapterGoesWhereItIsForgotten() {
        List.of("1", "2").forEach(id -> cluster.pool().drain(id, true));
        List.of(zero, one, two).forEach(replica -> replica.gone.complete(null));
        zero.loads = new CompletableFuture<>();
        var _ = names.change(cluster, TinyAdapter.served("bee#2", "bee"));
        alone.admit(new ForgettingClient(request("earlier", "bee#2")));
        submit(cluster, "r", "bee");
        var _ = names.withdraw(cluster, "bee");
        await().until(() -> shared.source("bee#2").isEmpty());
        List.of("1", "2").forEach(id -> cluster.pool().drain(id, false));

        fail(zero);

        await().until(() -> one.has("r") || two.has("r") || cluster.unfinished() == 0);
        assertThat(one.has("r") || two.has("r")).isTrue();
        end("r");
        await().until(() -> shared.source("bee#2").isEmpty());
    }

    /** A request that is told of its failure first, and goes on when the memory has forgotten. */
    private final class ForgettingClient implements AdapterClient {
        private final GenerationRequest request;

        ForgettingClient(GenerationRequest request) {
            this.request = request;
        }

        @Override
        public GenerationRequest request() {
            return request;
        }

        @Override
        public void granted(AdapterUse use) {
            throw new IllegalStateException("The load is held up");
        }

        @Override
        public void failed(Failed event) {
            zero.loads.complete(null);
            await().until(() -> alone.source("bee#2").isEmpty());
        }

        @Override
        public void cancelled() {}
    }
}
