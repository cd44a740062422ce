package org.dlora.cluster.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.cluster.TinyCluster;
import org.dlora.cluster.facts.RequestObservers;
import org.dlora.cluster.replicas.ReplicaPool;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.requests.TrackedRequest;
import org.dlora.cluster.residency.AdapterUse;
import org.dlora.cluster.residency.ScriptedReplica;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EvacuationTest {
    private final ScriptedReplica source = new ScriptedReplica("0");
    private final ScriptedReplica target = new ScriptedReplica("1");
    private final LiveRequests requests = new LiveRequests();
    private final AtomicInteger hours = new AtomicInteger();
    private final Migrations migrations =
            new Migrations(
                    new ReplicaPool(List.of(source, target), List.of()),
                    requests,
                    () -> 3600 * hours.incrementAndGet());

    @AfterEach
    void close() {
        migrations.close();
    }

    private void start(String id) {
        var request = TinyCluster.request(id, TinyCluster.BASE, 1, 1);
        var tracked =
                new TrackedRequest(
                        new Submission(request, _ -> {}),
                        TinyCluster.BASE,
                        new RequestObservers(List.of()));
        var live =
                new LiveRequest(
                        tracked,
                        request,
                        (ended, _) -> requests.remove(ended),
                        (_, _, _) -> {},
                        () -> 0);
        requests.add(live);
        live.start(source, AdapterUse.NONE);
    }

    @Test
    void requestsForWhichNoReplicaIsFoundAreLeftAfterAFewAttempts() {
        start("a");
        start("b");
        var tried = new CopyOnWriteArrayList<String>();
        var evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.DRAIN,
                        () -> requests.of(source),
                        live -> {
                            tried.add(live.id());
                            return Optional.empty();
                        });
        assertThat(evacuation.begin().join()).isEqualTo(2);
        evacuation.end();
        assertThat(tried).containsExactlyInAnyOrder("a", "a", "a", "b", "b", "b");
    }

    @Test
    void fourRequestsMoveAtATime() {
        for (int i = 0; i < 6; i++) {
            start("r" + i);
        }
        var evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.DRAIN,
                        () -> requests.of(source),
                        _ -> Optional.of(target));
        var settled = evacuation.begin();
        for (int left = 6; left > 0; left--) {
            int expected = Math.min(4, left);
            await().until(() -> migrations.running().size() == expected);
            source.end(migrations.running().getFirst().request());
        }
        assertThat(settled.join()).isZero();
        assertThat(migrations.history()).hasSize(6);
        evacuation.end();
    }

    @Test
    void aCancelledRequestIsLeftToEndWhereItIs() {
        start("a");
        source.stepForLong();
        requests.find("a").orElseThrow().cancel();
        var looks = new CountDownLatch(3);
        var evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.DRAIN,
                        () -> {
                            looks.countDown();
                            return requests.of(source);
                        },
                        _ -> Optional.of(target));
        assertThat(evacuation.begin().join()).isZero();
        await().until(() -> looks.getCount() == 0);
        evacuation.end();
        assertThat(requests.of(source)).hasSize(1);
        assertThat(migrations.history()).isEmpty();
    }

    @Test
    void aDefectEndsNoEvacuation() {
        start("a");
        var looks = new AtomicInteger();
        var evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.DRAIN,
                        () -> {
                            if (looks.incrementAndGet() == 1) {
                                throw new AssertionError("a test");
                            }
                            return requests.of(source);
                        },
                        _ -> Optional.of(target));
        var settled = evacuation.begin();
        await().until(() -> migrations.running().size() == 1);
        source.end("a");
        assertThat(settled.join()).isZero();
        evacuation.end();
    }

    @Test
    void anEndedEvacuationBeginsNoMoves() {
        start("a");
        var looks = new AtomicInteger();
        var evacuation =
                new Evacuation(
                        migrations,
                        MoveCause.DRAIN,
                        () -> {
                            looks.incrementAndGet();
                            return requests.of(source);
                        },
                        _ -> Optional.of(target));
        evacuation.end();
        assertThat(evacuation.begin()).isNotDone();
        var looked = new CompletableFuture<Void>();
        migrations.later(0, () -> looked.complete(null));
        looked.join();
        assertThat(looks).hasValue(0);
        assertThat(migrations.running()).isEmpty();
    }
}
