package org.dlora.engine.merging;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.reference.Numbers;
import org.dlora.model.BaseModel;
import org.dlora.model.BookedCopies;
import org.dlora.model.Golden;
import org.dlora.model.LayerSite;
import org.dlora.model.LimitedDevice;
import org.dlora.model.LinearSite;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.StepWeights;
import org.dlora.model.weights.WeightBits;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever happened before, the weights in effect are the base's or those of a fresh merge. */
class LiveWeightsTest {
    private static final List<String> ADAPTERS = List.of("ant", "bee", "cat", "dog");

    final LimitedDevice device = new LimitedDevice();
    final BaseModel model = BaseModel.open(Golden.ROOT.resolve("models/llama-gqa"));
    final DecoderWeights base =
            DecoderWeights.pack(model, device, WeightPrecision.AUTO, 64, _ -> {});
    private final Operations operations = device.open(2);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Map<String, MergeTerms> adapters = new HashMap<>();
    private final Map<String, Long> fresh = new HashMap<>();
    final long pristine;

    LiveWeightsTest() {
        if (isParked()) {
            base.park(device);
        }
        for (int i = 0; i < ADAPTERS.size(); i++) {
            adapters.put(ADAPTERS.get(i), adapter(i));
        }
        try (var live = live()) {
            pristine = hash(live);
            for (var adapter : ADAPTERS) {
                merge(live, adapter);
                fresh.put(adapter, hash(live));
                live.unmerge();
                live.release();
            }
        }
        assertThat(fresh.values()).doesNotHaveDuplicates().doesNotContain(pristine);
    }

    /** Returns whether copies lie in another memory than the matrices that steps read. */
    boolean isParked() {
        return false;
    }

    /**
     * Returns terms at layers and sites, and an embedding or the output, that differ by adapter.
     */
    private MergeTerms adapter(int index) {
        var terms = new HashMap<LayerSite, LowRank>();
        var numbers = new Numbers(index);
        var spec = model.spec();
        for (int layer = index % 2; layer < spec.layers(); layer++) {
            terms.put(LinearSite.QKV.in(layer), term(numbers, LinearSite.QKV));
            if (index > 0) {
                terms.put(LinearSite.DOWN.in(layer), term(numbers, LinearSite.DOWN));
            }
        }
        var end = index == 2 ? LayerSite.EMBEDDING : LayerSite.OUTPUT;
        terms.put(end, term(numbers, end.site()));
        return LowRankMerge.of(terms);
    }

    private LowRank term(Numbers numbers, LinearSite site) {
        var spec = model.spec();
        var a = matrix(numbers, 3, spec.inputs(site));
        var b = matrix(numbers, spec.outputs(site), 3);
        return new LowRank(a, b, 0, 0.3f);
    }

    private WeightMatrix matrix(Numbers numbers, int rows, int columns) {
        var matrix = device.matrix(List.of(numbers.tensor(DType.F32, rows, columns)), DType.F32);
        opened.add(matrix);
        return matrix;
    }

    final LiveWeights live() {
        return live(Long.MAX_VALUE);
    }

    private LiveWeights live(CopyMemory memory) {
        return new LiveWeights(base, device, operations, memory);
    }

    private LiveWeights live(long limit) {
        return new LiveWeights(base, device, operations, CopyMemory.upTo(limit));
    }

    /** Bytes of the copies of the adapter that needs most. */
    private long most() {
        long most = 0;
        for (var adapter : ADAPTERS) {
            try (var live = live()) {
                merge(live, adapter);
                most = Math.max(most, live.status().copyBytes());
            }
        }
        return most;
    }

    final void merge(LiveWeights live, String adapter) {
        live.begin(adapter, requireNonNull(adapters.get(adapter)));
        live.advance(Long.MAX_VALUE);
        live.commit();
    }

    final long fresh(String adapter) {
        return requireNonNull(fresh.get(adapter));
    }

    /** Returns a hash of all bits of the matrices that a step would read. */
    final long hash(StepWeights weights) {
        if (weights instanceof LiveWeights live) {
            live.settle();
        }
        return WeightBits.hash(weights, model.spec().layers(), operations);
    }

    /** 20 × 500 operations. */
    @Property(tries = 20)
    void weightsEqualTheBaseOrAFreshMergeAfterAnyOperations(
            @ForAll long seed, @ForAll boolean little) {
        var random = new Random(seed);
        long limit = little ? most() : Long.MAX_VALUE;
        long before = device.bytes();
        try (var live = live(limit)) {
            int failures = 0;
            for (int i = 0; i < 500; i++) {
                var merged = live.merged();
                try {
                    operate(live, random);
                } catch (OutOfMemoryError _) {
                    failures++;
                    assertThat(live.merged()).isEqualTo(merged);
                    assertThat(live.status().building()).isEmpty();
                }
                device.room = Integer.MAX_VALUE;
                assertThat(device.bytes()).isEqualTo(before + live.status().copyBytes());
                assertThat(live.status().copyBytes()).isLessThanOrEqualTo(limit);
                if (i % 10 == 0) {
                    assertThat(hash(live))
                            .isEqualTo(live.merged().map(fresh::get).orElse(pristine));
                }
            }
            assertThat(failures).isPositive();
            live.unmerge();
            assertThat(hash(live)).isEqualTo(pristine);
            live.cancel();
            live.release();
            assertThat(device.bytes()).isEqualTo(before);
        }
        assertThat(device.bytes()).isEqualTo(before);
        assertThat(hash(base)).isEqualTo(pristine);
    }

    /** 20 × 500 operations, in a memory from which others take and to which they give back. */
    @Property(tries = 20)
    void booksBalanceAfterAnyOperations(@ForAll long seed) {
        var random = new Random(seed);
        var memory = new BookedCopies(most() + random.nextLong(most()));
        long before = device.bytes();
        try (var live = live(memory)) {
            for (int i = 0; i < 500; i++) {
                memory.others(random.nextLong(memory.limit()));
                try {
                    operate(live, random);
                } catch (OutOfMemoryError _) {
                    assertThat(live.status().building()).isEmpty();
                }
                device.room = Integer.MAX_VALUE;
                long copies = live.status().copyBytes();
                assertThat(device.bytes()).isEqualTo(before + copies);
                assertThat(memory.booked()).isBetween(copies, memory.limit());
                if (live.status().remaining() == 0) {
                    assertThat(memory.booked()).isEqualTo(copies);
                }
                if (i % 10 == 0) {
                    assertThat(hash(live))
                            .isEqualTo(live.merged().map(fresh::get).orElse(pristine));
                }
            }
            assertThat(memory.refusals).isPositive();
        }
        assertThat(memory.booked()).isZero();
    }

    @Test
    void keptCopiesOfOtherMatricesMakeRoomForAMerge() {
        try (var all = live()) {
            merge(all, "ant");
            all.unmerge();
            merge(all, "cat");
            long both = all.status().copyBytes();
            var memory = new BookedCopies(both);
            try (var live = live(memory)) {
                merge(live, "ant");
                live.unmerge();
                memory.others(1);
                assertThat(live.status().idleBytes()).isEqualTo(memory.booked());
                merge(live, "cat");
                assertThat(hash(live)).isEqualTo(fresh.get("cat"));
                assertThat(memory.refusals).isOne();
                assertThat(memory.booked()).isEqualTo(live.status().copyBytes());
            }
        }
    }

    @Test
    void mergeForWhichThereIsNoMemoryChangesNothing() {
        long most = most();
        var memory = new BookedCopies(most);
        try (var live = live(memory)) {
            merge(live, "ant");
            live.unmerge();
            memory.others(most);
            long booked = memory.booked();
            assertThat(live.begin("bee", requireNonNull(adapters.get("bee"))))
                    .hasValueSatisfying(why -> assertThat(why).contains("are available"));
            assertThat(live.status().kept()).contains("ant");
            assertThat(live.status().building()).isEmpty();
            assertThat(memory.booked()).isEqualTo(booked);
            assertThat(live.begin("ant", requireNonNull(adapters.get("ant")))).isEmpty();
            live.commit();
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
        }
    }

    private void operate(LiveWeights live, Random random) {
        var adapter = ADAPTERS.get(random.nextInt(ADAPTERS.size()));
        switch (random.nextInt(13)) {
            case 12 -> live.kept().ifPresent(live::restore);
            case 0 -> live.unmerge();
            case 1 -> live.release();
            case 2 -> live.cancel();
            case 3 -> live.forget(adapter);
            case 4, 5, 6 -> {
                if (live.merged().filter(adapter::equals).isEmpty()) {
                    live.begin(adapter, requireNonNull(adapters.get(adapter)));
                }
            }
            default -> {
                if (live.status().building().isPresent()) {
                    device.room = random.nextInt(10);
                    boolean ready =
                            live.advance(random.nextLong(1, 2 * live.status().remaining() + 2));
                    if (ready) {
                        live.commit();
                    }
                }
            }
        }
    }

    @Test
    void unmergedMatricesAreSharedAndCopiesAreReleased() {
        assumeThat(isParked()).isFalse();
        long before = device.bytes();
        try (var live = live()) {
            assertThat(live.layer(0).qkv().weight()).isSameAs(base.layer(0).qkv().weight());
            merge(live, "ant");
            long copies =
                    model.spec().layers() * base.layer(0).qkv().weight().bytes()
                            + base.output().bytes();
            assertThat(live.status().copyBytes()).isEqualTo(copies);
            assertThat(device.bytes()).isEqualTo(before + copies);
            assertThat(live.layer(0).qkv().weight()).isNotSameAs(base.layer(0).qkv().weight());
            assertThat(live.layer(0).down()).isEqualTo(base.layer(0).down());
            live.unmerge();
            assertThat(live.layer(0).qkv().weight()).isSameAs(base.layer(0).qkv().weight());
            assertThat(device.bytes()).isEqualTo(before + copies);
            live.release();
            assertThat(device.bytes()).isEqualTo(before);
        }
    }

    @Test
    void anotherMergeReusesTheCopies() {
        try (var live = live()) {
            merge(live, "ant");
            long copies = live.status().copyBytes();
            live.unmerge();
            live.begin("ant", requireNonNull(adapters.get("ant")));
            assertThat(live.status().remaining()).as("it is still there").isZero();
            assertThat(live.advance(1)).isTrue();
            live.commit();
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
            live.forget("ant");
            live.begin("ant", requireNonNull(adapters.get("ant")));
            assertThat(live.status().remaining())
                    .as("another content may have its id")
                    .isPositive();
            live.advance(Long.MAX_VALUE);
            assertThat(live.status().copyBytes()).isEqualTo(copies);
        }
    }

    @Test
    void aKeptMergeIsReadyEvenIfAnotherWasBegunMeanwhile() {
        try (var live = live()) {
            merge(live, "ant");
            live.begin("bee", requireNonNull(adapters.get("bee")));
            live.advance(1);
            live.unmerge();
            assertThat(live.status().kept()).contains("ant");
            live.begin("ant", requireNonNull(adapters.get("ant")));
            assertThat(live.status().remaining()).isZero();
            live.commit();
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
        }
    }

    @Test
    void aReadyMergeIsKeptWhenItIsCancelled() {
        try (var live = live()) {
            live.begin("ant", requireNonNull(adapters.get("ant")));
            live.advance(Long.MAX_VALUE);
            live.cancel();
            assertThat(live.status().kept()).contains("ant");
            live.restore("ant");
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
            live.unmerge();
            live.begin("bee", requireNonNull(adapters.get("bee")));
            live.advance(1);
            live.cancel();
            assertThat(live.status().kept()).as("bee was not ready").isEmpty();
        }
    }

    @Test
    void aMergeContinuesWhileAKeptOneIsRestored() {
        try (var live = live()) {
            merge(live, "ant");
            live.begin("bee", requireNonNull(adapters.get("bee")));
            live.advance(1);
            live.unmerge();
            long remaining = live.status().remaining();
            live.restore("ant");
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
            assertThat(live.status().building()).contains("bee");
            assertThat(live.status().remaining()).isEqualTo(remaining);
            live.advance(Long.MAX_VALUE);
            live.commit();
            assertThat(hash(live)).isEqualTo(fresh.get("bee"));
            assertThat(live.status().kept()).contains("ant");
        }
    }

    @Test
    void returningWeightsHaveTheirFormerVersion() {
        try (var live = live()) {
            assertThat(version(live)).isEqualTo(base.version());
            merge(live, "ant");
            long ant = version(live);
            merge(live, "bee");
            long bee = version(live);
            assertThat(List.of(base.version(), ant, bee)).doesNotHaveDuplicates();
            live.restore("ant");
            assertThat(version(live)).isEqualTo(ant);
            live.unmerge();
            assertThat(version(live)).isEqualTo(base.version());
            merge(live, "ant");
            assertThat(version(live)).as("its copies were kept").isEqualTo(ant);
            live.unmerge();
            live.release();
            merge(live, "ant");
            assertThat(version(live)).as("other copies").isNotIn(base.version(), ant, bee);
        }
    }

    private static long version(LiveWeights live) {
        live.settle();
        return live.version();
    }

    @Test
    void aCommittedMergeIsReadUntilTheNextIsReady() {
        try (var live = live()) {
            merge(live, "ant");
            live.begin("bee", requireNonNull(adapters.get("bee")));
            int slices = 0;
            while (!live.advance(1)) {
                assertThat(hash(live)).isEqualTo(fresh.get("ant"));
                slices++;
            }
            assertThat(slices).isGreaterThan(10);
            assertThat(live.merged()).contains("ant");
            live.commit();
            assertThat(live.merged()).contains("bee");
            assertThat(hash(live)).isEqualTo(fresh.get("bee"));
        }
    }

    @Test
    void withRoomForOneMergeTheNextTakesItsCopies() {
        long before = device.bytes();
        var bee = requireNonNull(adapters.get("bee"));
        try (var live = live(most())) {
            merge(live, "ant");
            assertThat(live.begin("bee", bee)).isEmpty();
            assertThat(live.merged()).isEmpty();
            assertThat(hash(live)).isEqualTo(pristine);
            live.advance(Long.MAX_VALUE);
            live.commit();
            assertThat(hash(live)).isEqualTo(fresh.get("bee"));
            assertThat(device.bytes()).isLessThanOrEqualTo(before + most());
        }
    }

    @Test
    void aMergeThatDoesNotFitAloneChangesNothing() {
        long needed;
        try (var live = live()) {
            merge(live, "bee");
            needed = live.status().copyBytes();
        }
        try (var live = live(needed - 1)) {
            merge(live, "ant");
            assertThatIllegalStateException()
                    .isThrownBy(() -> live.begin("bee", requireNonNull(adapters.get("bee"))))
                    .withMessageContaining("there is room for");
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
        }
    }

    @Test
    void refusesCallsOutOfOrder() {
        try (var live = live()) {
            var terms = requireNonNull(adapters.get("ant"));
            assertThatIllegalStateException().isThrownBy(live::commit);
            assertThatIllegalStateException().isThrownBy(() -> live.advance(1));
            assertThatIllegalStateException().isThrownBy(() -> live.restore("ant"));
            merge(live, "ant");
            assertThatIllegalStateException().isThrownBy(() -> live.begin("ant", terms));
            live.begin("bee", requireNonNull(adapters.get("bee")));
            live.advance(1);
            assertThatIllegalStateException().isThrownBy(live::commit);
            device.room = 0;
            assertThatExceptionOfType(OutOfMemoryError.class)
                    .isThrownBy(() -> live.advance(Long.MAX_VALUE));
            assertThat(live.merged()).contains("ant");
            assertThat(hash(live)).isEqualTo(fresh.get("ant"));
        }
    }

    @AfterProperty
    @AfterEach
    void close() throws Exception {
        for (var one : opened) {
            one.close();
        }
        opened.clear();
        operations.close();
        base.close();
        model.close();
        assertThat(device.bytes()).isZero();
    }
}
