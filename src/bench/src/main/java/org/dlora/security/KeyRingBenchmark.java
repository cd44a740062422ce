package org.dlora.security;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.dlora.security.limits.Admission;
import org.dlora.security.limits.LimitObserver;
import org.dlora.security.limits.Limited;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.Limits;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Costs of one call before it is served: the check of its key among many, the decision on its
 * adapter by the patterns of key and team, and the limits of both.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime) // Other processes move a mean.
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class KeyRingBenchmark {
    /** So much that nothing is refused. */
    private static final Limits LIMITS =
            new Limits(
                    Limits.MOST_PER_MINUTE, Limits.MOST_PER_MINUTE, Limits.MOST_CONCURRENT, null);

    @Param({"1", "10000"})
    int keys;

    private KeyRing ring;
    private List<String> header;
    private List<String> ofTeam;
    private Access access;
    private Limiter limiter;

    @Setup
    public void setUp() {
        var clock = InstantSource.system();
        ring = new KeyRing(new RingSettings(Optional.empty(), false, false), clock);
        var secrets = SecretSource.inMemory();
        var service = new KeyService(ring, new Kept(), secrets, clock);
        var root = new KeySettings("root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null);
        var issued = service.issue(root);
        var all = new ArrayList<>(List.of(issued.key()));
        for (int i = 1; i < keys; i++) {
            all.add(
                    new ApiKey(
                            "dlora_%012x".formatted(i),
                            new KeySettings(
                                    "key",
                                    null,
                                    Set.of(Scope.INFERENCE),
                                    AdapterPatterns.ALL,
                                    null),
                            Instant.EPOCH,
                            null,
                            null,
                            "0".repeat(64),
                            ""));
        }
        var app =
                service.issue(
                        new KeySettings(
                                "app",
                                null,
                                Set.of(Scope.INFERENCE),
                                new AdapterPatterns(List.of("red-*", "shared-*")),
                                null,
                                LIMITS));
        all.add(inTeam(app.key(), "red"));
        var patterns = List.of("red-*", "public-*", "shared-*");
        var team =
                new Team(
                        "red",
                        "",
                        new AdapterPatterns(patterns),
                        AdapterPatterns.NONE,
                        Instant.EPOCH,
                        LIMITS,
                        1);
        ring.publish(new KeyStore.Content(all, List.of(team)), secrets.find());
        header = List.of("Bearer " + issued.secret());
        ofTeam = List.of("Bearer " + app.secret());
        access = ring.authenticate(ofTeam);
        limiter = new Limiter(clock, System::nanoTime, LimitObserver.NONE, Limited::limits);
    }

    private static ApiKey inTeam(ApiKey key, String team) {
        var own = key.settings();
        return key.with(
                new KeySettings(
                        own.name(),
                        team,
                        own.scopes(),
                        own.adapters(),
                        own.expires(),
                        own.limits()));
    }

    @Benchmark
    public Access authenticate() {
        return ring.authenticate(header);
    }

    /** The check of a key with a team, and whether it may use an adapter. */
    @Benchmark
    public boolean decide() {
        return ring.authenticate(ofTeam).mayUse("shared-sql");
    }

    /**
     * The limits of a key and its team: a request is let in, and gives back what it did not use.
     */
    @Benchmark
    public Admission limit() {
        var admission = limiter.admit(access.limited(), 100);
        admission.settle(1);
        return admission;
    }

    private static final class Kept implements KeyStore {
        @Override
        public Content read() {
            return Content.EMPTY;
        }

        @Override
        public void write(List<ApiKey> changed) {}

        @Override
        public void deleteKeys(Set<String> ids) {}

        @Override
        public void write(Team team) {}

        @Override
        public void deleteTeam(String name) {}

        @Override
        public void used(Map<String, Instant> times) {}
    }
}
