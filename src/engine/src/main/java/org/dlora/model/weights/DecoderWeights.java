package org.dlora.model.weights;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.Device;
import org.dlora.device.MatrixPacker;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.BaseModel;
import org.dlora.model.Checkpoint;
import org.dlora.model.DecoderSpec;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A base model's weights in a device's memory, shared by all replicas on the device. Immutable,
 * unless they are {@linkplain #park parked}: then one replica reads and overwrites them, and all
 * others read the {@linkplain #pristine pristine} matrices.
 */
public final class DecoderWeights extends StepWeights implements AutoCloseable {
    private final WeightPacker packer;
    private final WeightMatrix embedding;
    private final List<LayerWeights> layers;
    private final WeightVector finalNorm;
    private final WeightMatrix output;
    private final int maxPositions;
    private final WeightVector cos;
    private final WeightVector sin;
    private @Nullable ParkedWeights parked;
    private @Nullable ArgMaxIndex outputIndex;

    private DecoderWeights(
            WeightPacker packer, DecoderSpec spec, int maxPositions, IntConsumer layerDone) {
        var rope = RopeTable.of(spec.rope(), spec.headDim(), maxPositions);
        this.packer = packer;
        this.embedding = packer.matrix(Checkpoint.EMBEDDING);
        this.layers =
                IntStream.range(0, spec.layers())
                        .mapToObj(layer -> {
                            var weights = packer.layer(layer);
                            layerDone.accept(layer + 1);
                            return weights;
                        })
                        .toList();
        this.finalNorm = packer.vector(Checkpoint.FINAL_NORM);
        this.output = spec.tiedEmbeddings() ? embedding : packer.matrix(Checkpoint.OUTPUT);
        this.maxPositions = maxPositions;
        this.cos = packer.vector(rope::cos);
        this.sin = packer.vector(rope::sin);
    }

    /**
     * Packs all weights of {@code model}; its files may be closed afterwards.
     *
     * @param maxPositions how many positions a sequence may have; sizes the rotary tables
     * @param layerDone called with 1, 2, … as each layer is packed
     * @throws LoadException for float16 weights at {@link WeightPrecision#BFLOAT16}, for too many
     *     positions, or if the files have changed since {@code model} was opened
     */
    public static DecoderWeights pack(
            BaseModel model,
            Device device,
            WeightPrecision precision,
            int maxPositions,
            IntConsumer layerDone) {
        return pack(model, device, device, precision, maxPositions, layerDone);
    }

    /**
     * Packs all weights as {@link #pack(BaseModel, Device, WeightPrecision, int, IntConsumer)}
     * does, with matrices out of {@code matrices}, which makes them on {@code device}.
     */
    public static DecoderWeights pack(
            BaseModel model,
            Device device,
            MatrixPacker matrices,
            WeightPrecision precision,
            int maxPositions,
            IntConsumer layerDone) {
        var packer = new WeightPacker(model, device, matrices, storage(model, precision));
        try {
            var weights = new DecoderWeights(packer, model.spec(), maxPositions, layerDone);
            model.tensors().checkUnchanged();
            return weights;
        } catch (InternalError e) {
            packer.close();
            throw LoadException.cutShort(model.folder() + ": a file of weights", e);
        } catch (RuntimeException | Error e) {
            packer.close();
            throw e;
        }
    }

    /**
     * Returns the dtype of the matrices of {@code model}, {@code F32} or {@code BF16}.
     *
     * @throws LoadException for float16 weights at {@link WeightPrecision#BFLOAT16}
     */
    public static DType storage(BaseModel model, WeightPrecision precision) {
        return precision.storage(matrices(model));
    }

    private static List<Tensor> matrices(BaseModel model) {
        var ends =
                model.spec().tiedEmbeddings()
                        ? Stream.of(Checkpoint.EMBEDDING)
                        : Stream.of(Checkpoint.EMBEDDING, Checkpoint.OUTPUT);
        var linear = model.modules().stream().map(module -> module.name() + ".weight");
        return Stream.concat(ends, linear).map(model.tensors()::tensor).toList();
    }

    /** Returns the dtype of the matrices: {@code F32} or {@code BF16}. */
    public DType dtype() {
        return embedding.dtype();
    }

    /** Returns the bytes of device memory. */
    public long bytes() {
        return packer.bytes();
    }

    @Override
    public int maxPositions() {
        return maxPositions;
    }

    /** Returns always the same: a base's weights do not change. */
    @Override
    public long version() {
        return 0;
    }

    /**
     * Parks copies of all matrices that merges can change, before the first replica opens them.
     *
     * @return the bytes of the host's memory that they take
     * @throws IllegalArgumentException if the device parks nothing; see {@link Device#park}
     */
    public long park(Device device) {
        var made = new ParkedWeights(this, device);
        parked = made;
        return made.bytes();
    }

    /**
     * Makes an index of the output matrix, if the device has one for it, before the first replica
     * opens the weights. It counts among {@link #bytes}.
     */
    public void indexOutput() {
        outputIndex = packer.argMaxIndex(output).orElse(null);
    }

    /** Returns the pristine matrices in the host's memory, if they were parked. */
    public Optional<ParkedWeights> parked() {
        return Optional.ofNullable(parked);
    }

    /** Returns whether merges overwrite the matrices on the device. */
    public boolean isParked() {
        return parked != null;
    }

    /**
     * Returns the site of each matrix, by identity, for profiles of a device. The one matrix of a
     * tied model counts as the output.
     */
    public Map<WeightMatrix, LinearSite> sites() {
        var sites = new IdentityHashMap<WeightMatrix, LinearSite>();
        for (var layer : layers) {
            sites.put(layer.qkv().weight(), LinearSite.QKV);
            sites.put(layer.output().weight(), LinearSite.O);
            sites.put(layer.gateUp().weight(), LinearSite.GATE_UP);
            sites.put(layer.down().weight(), LinearSite.DOWN);
        }
        sites.put(embedding, LinearSite.EMBEDDING);
        sites.put(output, LinearSite.OUTPUT);
        return sites;
    }

    @Override
    public WeightMatrix embedding() {
        return embedding;
    }

    @Override
    public LayerWeights layer(int layer) {
        return layers.get(layer);
    }

    @Override
    public WeightVector finalNorm() {
        return finalNorm;
    }

    @Override
    public WeightMatrix output() {
        return output;
    }

    @Override
    public Optional<ArgMaxIndex> outputIndex() {
        return Optional.ofNullable(outputIndex);
    }

    @Override
    public WeightVector cos() {
        return cos;
    }

    @Override
    public WeightVector sin() {
        return sin;
    }

    /** Returns the number of decoder layers. */
    public int layers() {
        return layers.size();
    }

    /**
     * Returns the matrix of linear layer {@code at} as the checkpoint has it, which merges begin
     * from. It may be parked.
     */
    public WeightMatrix pristine(LayerSite at) {
        return parked().filter(own -> own.has(at))
                .map(own -> own.pristine(at))
                .orElseGet(() -> matrix(at));
    }

    /** Returns the matrix of linear layer {@code at} that steps read. */
    public WeightMatrix matrix(LayerSite at) {
        return switch (at.site()) {
            case EMBEDDING -> embedding;
            case OUTPUT -> output;
            case QKV, O, GATE_UP, DOWN -> layer(at.layer()).at(at.site()).weight();
        };
    }

    @Override
    public void close() {
        parked().ifPresent(ParkedWeights::close);
        packer.close();
    }
}
