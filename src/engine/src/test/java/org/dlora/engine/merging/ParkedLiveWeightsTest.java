package org.dlora.engine.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.dlora.adapter.weights.MergeTerms;
import org.junit.jupiter.api.Test;

/** The same weights in effect where copies are uploaded to the only matrices of the device. */
class ParkedLiveWeightsTest extends LiveWeightsTest {
    @Override
    boolean isParked() {
        return true;
    }

    @Test
    void stepsReadTheMatricesOfTheBaseWhateverIsMerged() {
        long before = device.bytes();
        try (var live = live()) {
            merge(live, "cat");
            assertThat(hash(live)).isEqualTo(fresh("cat"));
            assertThat(live.embedding()).isSameAs(base.embedding());
            assertThat(live.output()).isSameAs(base.output());
            assertThat(live.layer(0)).isSameAs(base.layer(0));
            assertThat(hash(base)).isEqualTo(fresh("cat"));
            assertThat(device.bytes()).isEqualTo(before + live.status().copyBytes());
        }
        assertThat(hash(base)).isEqualTo(pristine);
        assertThat(device.bytes()).isEqualTo(before);
    }

    @Test
    void noStepRunsBeforeTheUpload() {
        try (var live = live()) {
            assertThat(live.isSettled()).isTrue();
            merge(live, "ant");
            assertThat(live.isSettled()).isFalse();
            assertThatIllegalStateException().isThrownBy(live::version);
            live.settle();
            assertThat(live.isSettled()).isTrue();
            assertThat(live.version()).isNotEqualTo(base.version());
            live.unmerge();
            assertThatIllegalStateException().isThrownBy(live::version);
            assertThat(hash(live)).isEqualTo(pristine);
            assertThat(live.version()).isEqualTo(base.version());
        }
    }

    @Test
    @SuppressWarnings("try") // A replica that ends late.
    void aReplicaThatHasASuccessorWritesNothingMore() {
        try (var second = live()) {
            try (var first = live()) {
                merge(first, "bee");
                assertThat(hash(first)).isEqualTo(fresh("bee"));
                try (var successor = live()) {
                    assertThat(successor.isSettled()).as("bee is there").isFalse();
                    merge(successor, "dog");
                    first.unmerge();
                    assertThatIllegalStateException().isThrownBy(first::settle);
                    assertThat(hash(successor)).isEqualTo(fresh("dog"));
                    first.close();
                    assertThat(hash(base)).isEqualTo(fresh("dog"));
                }
                assertThat(hash(base)).isEqualTo(pristine);
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> {
                        merge(second, "ant");
                        second.settle();
                    });
        }
        assertThat(hash(base)).isEqualTo(pristine);
    }

    @Test
    void aPassReadsThePristineMatricesWhateverIsMerged() {
        try (var live = live();
                var operations = device.open(1)) {
            merge(live, "cat");
            live.settle();
            try (var pass = new PassingWeights(base, device, operations, MergeTerms.NONE)) {
                assertThat(hash(pass)).isEqualTo(pristine);
            }
            assertThat(hash(live)).isEqualTo(fresh("cat"));
        }
    }
}
