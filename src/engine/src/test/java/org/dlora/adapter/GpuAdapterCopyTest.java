package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlora.adapter.weights.AdapterRestore;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.device.cuda.StandIn;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Adapters that are copied from one GPU to another: directly, or through the host. */
@ExtendWith(NeedsCuda.class)
class GpuAdapterCopyTest {
    private static final String COPY = "cuMemcpyPeerAsync";

    private final Arena arena = Arena.ofConfined();
    private final Device first = SharedGpu.number(0);
    private final Device second = SharedGpu.number(1);
    private BaseModel base;
    private AdapterWeights original;
    private MemorySegment bytes;
    private long before;
    private long peerCopies;

    @BeforeEach
    void load() {
        var folder = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa/dora");
        base = BaseModel.open(GoldenAdapters.base(folder));
        original = upload(first);
        bytes = copy(original);
        before = second.bytes();
        peerCopies = StandIn.calls(COPY);
    }

    private AdapterWeights upload(Device device) {
        var folder = GoldenAdapters.GOLDEN.resolve("adapters/llama-gqa/dora");
        try (var adapter = AdapterLoader.load(folder, base)) {
            return AdapterWeights.upload(adapter, device, WeightPrecision.AUTO);
        }
    }

    @AfterEach
    void free() {
        original.close();
        base.close();
        arena.close();
        assertThat(second.bytes()).isEqualTo(before);
    }

    private AdapterWeights copyTo(Device device) {
        var memory = MemoryLedger.unlimited().reserve(MemoryUse.ADAPTERS, original.bytes());
        var restore =
                new AdapterRestore(device, base.spec(), memory, UploadPace.FULL, LoadOrigin.MEMORY);
        return original.copy(restore).orElseThrow();
    }

    private MemorySegment copy(AdapterWeights weights) {
        var copy = arena.allocate(weights.copyBytes());
        weights.copyOut(copy);
        return copy;
    }

    private long newPeerCopies() {
        return StandIn.calls(COPY) - peerCopies;
    }

    @Test
    void gpusThatReachEachOtherCopyMatricesDirectly() {
        try (var copied = copyTo(second)) {
            assertThat(newPeerCopies()).isPositive();
            assertThat(copied.device()).isEqualTo("cuda:1");
            assertThat(second.bytes() - before).isEqualTo(original.bytes());
            assertThat(copy(copied).mismatch(bytes)).isEqualTo(-1);
            original.close(); // The copy is no view of it.
            assertThat(copy(copied).mismatch(bytes)).isEqualTo(-1);
        }
    }

    @Test
    void aCopyOnTheSameGpuIsOneOfItsOwn() {
        long used = first.bytes();
        try (var copied = copyTo(first)) {
            assertThat(first.bytes() - used).isEqualTo(original.bytes());
            original.close();
            assertThat(copy(copied).mismatch(bytes)).isEqualTo(-1);
        }
    }

    @Test
    void gpusThatDoNotReachEachOtherCopyThroughTheHost() throws Exception {
        try (var _ = StandIn.with("CUDA_STANDIN_PEERS", "0");
                var copied = copyTo(second)) {
            assertThat(newPeerCopies()).isZero();
            assertThat(copy(copied).mismatch(bytes)).isEqualTo(-1);
        }
    }

    @Test
    void aCopyThatFailsLeavesBothGpusAsTheyWere() {
        StandIn.failNext(COPY, StandIn.INVALID_VALUE, 2);
        assertThatThrownBy(() -> copyTo(second))
                .isInstanceOf(CudaException.class)
                .hasMessageMatching(
                        "cuMemcpyPeerAsync of \\d+ bytes from cuda:0 to cuda:1: CUDA_ERROR_INVALID_VALUE");
        assertThat(newPeerCopies()).isEqualTo(3);
        assertThat(second.bytes()).isEqualTo(before);
        assertThat(copy(original).mismatch(bytes)).isEqualTo(-1);
        try (var copied = copyTo(second)) {
            assertThat(copy(copied).mismatch(bytes)).isEqualTo(-1);
        }
    }

    @Test
    void memoryThatIsFullFailsTheCopy() {
        StandIn.failNext("alloc", StandIn.OUT_OF_MEMORY, 3);
        assertThatThrownBy(() -> copyTo(second))
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
        assertThat(second.bytes()).isEqualTo(before);
    }

    @Test
    void accessThatIsNotGrantedFailsTheCopyInALine() {
        StandIn.failNext("cuDeviceCanAccessPeer", StandIn.INVALID_VALUE, 0);
        assertThatThrownBy(() -> copyTo(second))
                .hasMessage("cuDeviceCanAccessPeer of cuda:1 to cuda:0: CUDA_ERROR_INVALID_VALUE");
    }

    @Test
    void processorsTakeNoMatricesOfGpus() {
        try (var cpu = new CpuDevice()) {
            var term = original.terms().values().iterator().next().getFirst();
            assertThat(cpu.copyOf(((LowRank) term).a())).isEmpty();
        }
    }
}
