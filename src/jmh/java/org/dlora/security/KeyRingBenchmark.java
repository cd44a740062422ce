package org.dlora.security;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.dlora.security.limits.Quota;
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

/** The check of one call's key, among many keys. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime) // Other processes move a mean.
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class KeyRingBenchmark {
    @Param({"1", "10000"})
    int keys;

    private KeyRing ring;
    private List<String> header;

    @Setup
    public void setUp() {
        var clock = InstantSource.system();
        ring = new KeyRing(new RingSettings(Optional.empty(), false, false), clock);
        var secrets = SecretSource.inMemory();
        var service = new KeyService(ring, new Kept(), secrets, clock);
        var root = new KeyOrder("root", null, Set.of(Scope.ADMIN), AdapterPatterns.ALL, null);
        var issued = service.issue(root);
        var all = new ArrayList<>(List.of(issued.key()));
        for (int i = 1; i < keys; i++) {
            all.add(
                    new ApiKey(
                            "dlora_%012x".formatted(i),
                            "key",
                            null,
                            Set.of(Scope.INFERENCE),
                            AdapterPatterns.ALL,
                            Instant.EPOCH,
                            null,
                            null,
                            null,
                            "0".repeat(64),
                            "",
                            Quota.NONE));
        }
        ring.publish(new KeyStore.Content(all, List.of()), secrets.find());
        header = List.of("Bearer " + issued.secret());
    }

    @Benchmark
    public Access authenticate() {
        return ring.authenticate(header);
    }

    private static final class Kept implements KeyStore {
        @Override
        public Content read() {
            return Content.EMPTY;
        }

        @Override
        public void write(List<ApiKey> changed) {}

        @Override
        public void write(Team team) {}

        @Override
        public void deleteTeam(String name) {}

        @Override
        public void used(Map<String, Instant> times) {}
    }
}
