package org.dlora.app.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.dlora.device.DeviceMemory;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Plans of the host's memory for pristine weights and copies of merged ones. */
@ExtendWith(OutputCaptureExtension.class)
class HostParkingTest {
    private static final long GB = 1L << 30;

    private final Closing closing = new Closing();

    @Test
    void copiesOfTwoAdaptersFitBesideThePristineWeights(CapturedOutput output) {
        var parking = HostParking.of(new DeviceMemory(64 * GB, 4 * GB), 1, 16 * GB, closing);
        assertThat(parking.copies()).isEqualTo(16 * GB);
        assertThat(output).doesNotContain("Merged weights may need");
    }

    @Test
    void copiesGetWhatThePristineWeightsOfAllGpusLeave(CapturedOutput output) {
        var parking = HostParking.of(new DeviceMemory(22 * GB, 4 * GB), 2, 16 * GB, closing);
        assertThat(parking.copies()).isBetween(GB, 2 * GB);
        assertThat(output)
                .contains("Merged weights may need 32768MB of the host's memory")
                .contains("are left for them");
        var copies = parking.copies("0", parking.copies());
        var others = parking.copies("1", parking.copies());
        assertThat(copies.raise("ant", GB)).isEmpty();
        assertThat(others.raise("bee", GB))
                .hasValueSatisfying(
                        why -> assertThat(why).startsWith("no memory of the host: 1024MB are"));
        assertThat(others.attainable()).isLessThan(GB);
        copies.lower(0);
        assertThat(others.raise("bee", GB)).isEmpty();
    }

    @Test
    void pristineWeightsThatDoNotFitAreRefused() {
        assertThatThrownBy(() ->
                        HostParking.of(new DeviceMemory(12 * GB, 4 * GB), 1, 16 * GB, closing))
                .isInstanceOf(StartException.class)
                .hasMessageStartingWith(
                        "There is not enough memory for pristine weights in the host's memory: 8192MB are needed, and ")
                .hasMessageEndingWith(
                        "Set dlora.merge.pristine to device, or give the Java heap less (-Xmx).");
    }

    @Test
    void memoryOfAFailedIncarnationStaysBooked() {
        var host = new MemoryLedger(10);
        var failed = new HostCopies(host, 8);
        assertThat(failed.raise("ant", 6)).isEmpty();
        var next = new HostCopies(host, 8);
        assertThat(next.attainable()).isEqualTo(4);
        assertThat(next.raise("bee", 6)).isPresent();
        assertThat(next.raise("bee", 4)).isEmpty();
        assertThat(failed.attainable()).isEqualTo(6);
        failed.lower(0);
        assertThat(next.attainable()).isEqualTo(8);
        assertThat(host.taken(MemoryUse.MERGED_WEIGHTS)).isEqualTo(4);
    }
}
