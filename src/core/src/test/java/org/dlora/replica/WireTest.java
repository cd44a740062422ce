package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.replica.wire.ReplicaCodec;
import org.dlora.replica.wire.WireFormatException;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** A run whose every command and event goes through bytes is the same run. */
class WireTest {
    private final ReplicaCodec codec = new ReplicaCodec();
    private final Set<Class<?>> sent = new HashSet<>();

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void bytesInBetweenChangeNothing(@ForAll long seed, @ForAll PolicyKind policy) {
        var plain = run(new Random(seed), policy, false);
        var wired = run(new Random(seed), policy, true);
        assertThat(wired).isEqualTo(plain);
    }

    /** Some kinds are rare, so runs go on until each was sent. */
    @Test
    void everyKindOfMessageGoesThroughBytes() {
        var kinds =
                Stream.of(ReplicaCommand.class, ReplicaEvent.class, ReplicaEvent.Move.class)
                        .flatMap(type -> Stream.of(type.getPermittedSubclasses()))
                        .filter(Class::isRecord)
                        .collect(Collectors.toSet());
        var policies = PolicyKind.values();
        for (int seed = 0; seed < 5000 && !sent.containsAll(kinds); seed++) {
            run(new Random(seed), policies[seed % policies.length], true);
        }
        assertThat(sent).containsAll(kinds);
    }

    private List<Object> run(Random random, PolicyKind policy, boolean isWired) {
        var settings = new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE);
        var replica =
                new SimulatedReplica(
                        RandomRequests.tightShape(random),
                        settings,
                        RandomRequests.ADAPTERS,
                        new QuickMerges());
        if (isWired) {
            replica.through(this::sent, this::sent);
        }
        replica.apply(new ReplicaCommand.Calibrate(RandomCommands.samples()));
        for (int i = 0; i < 60; i++) {
            RandomCommands.operate(replica, random, i);
        }
        replica.finish();
        replica.apply(new ReplicaCommand.Rest());
        var seen = new ArrayList<Object>();
        replica.events().forEach(event -> seen.add(shown(event)));
        return seen;
    }

    /** Arrays have no equality, so events with some are compared by what they say. */
    private static Object shown(ReplicaEvent event) {
        return switch (event) {
            case ReplicaEvent.Exported(var sequence, var epoch) ->
                    "exported %s in %d after %d"
                            .formatted(sequence.request().id(), epoch, sequence.output().length);
            case ReplicaEvent.ReadKv(var request, _, var span, var left) ->
                    "read %s: %s, %s left".formatted(request, span.blocks(), left);
            case ReplicaEvent.KvRead(var request, _, var copy, var left, _) ->
                    "copied %s: %s, %s left".formatted(request, copy.bytes(), left);
            case ReplicaEvent.StoreKv(var blocks, var contents) ->
                    "stored %s: %s"
                            .formatted(blocks, contents.stream().map(Arrays::toString).toList());
            default -> event;
        };
    }

    private ReplicaCommand sent(ReplicaCommand command) {
        sent.add(command.getClass());
        return codec.command(codec.encode(command));
    }

    private ReplicaEvent sent(ReplicaEvent event) {
        sent.add(event.getClass());
        return codec.event(codec.encode(event));
    }

    @Test
    void otherVersionsAndBrokenBytesAreRefused() {
        var bytes = codec.encode(new ReplicaCommand.Cancel("r"));
        bytes[0] = 99;
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> codec.command(bytes))
                .withMessageContaining("version " + ReplicaCodec.VERSION)
                .withMessageContaining("99");
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> codec.command(new byte[0]))
                .withMessageContaining("no bytes");
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> codec.command(new byte[] {ReplicaCodec.VERSION, 1, 2, 3}))
                .withMessageContaining("ReplicaCommand");
    }

    @Test
    void measurementsWithoutAStepAreRefused() {
        var message =
                TamperedMessage.of(
                        codec.encode(new ReplicaCommand.Calibrate(RandomCommands.samples())));
        ((ObjectNode) message.root().get("samples")).putArray("steps");
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> codec.command(message.bytes()))
                .withMessageContaining("at least one step");
    }

    @Test
    void aNullMessageIsRefused() {
        byte[] nothing = {ReplicaCodec.VERSION, (byte) 0xf6};
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> codec.command(nothing))
                .withMessageContaining("ReplicaCommand");
    }

    /**
     * Arrays whose first element should name a record; in CBOR f6 is null, 60 an empty text, and 40
     * are no bytes, at which Jackson (3.1.7) throws a NullPointerException.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "8240a0",
                "81456162636465",
                "82f6a0",
                "81f6",
                "80",
                "8260a0",
                "8201a0",
                "82a0a0",
                "9fffff",
                "5fffff"
            })
    void anArrayThatNamesNoRecordIsRefused(String body) {
        byte[] bytes = HexFormat.of().parseHex("%02x%s".formatted(ReplicaCodec.VERSION, body));
        assertThatExceptionOfType(WireFormatException.class)
                .isThrownBy(() -> codec.command(bytes))
                .withMessageContaining("hold no ReplicaCommand");
    }

    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void bytesThatWereTamperedWithAreReadOrRefused(@ForAll long seed) {
        var random = new Random(seed);
        var request = RandomRequests.any("r", random);
        var whole =
                switch (random.nextInt(4)) {
                    case 0 -> codec.encode(new ReplicaCommand.Submit(request));
                    case 1 -> codec.encode(new ReplicaCommand.Calibrate(RandomCommands.samples()));
                    case 2 ->
                            codec.encode(
                                    new ReplicaCommand.Schedule(
                                            1,
                                            new SchedulingSettings(
                                                    RandomCommands.kind(random),
                                                    new SloLimits(5, 0.5))));
                    default -> codec.encode(new ReplicaCommand.Import(SequenceState.of(request)));
                };
        var bytes = Arrays.copyOf(whole, whole.length - random.nextInt(3) * random.nextInt(3));
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt(256);
        }
        try {
            assertThat(codec.command(bytes)).isNotNull();
        } catch (WireFormatException e) {
            assertThat(e).hasMessageContaining("hold no");
        }
    }
}
