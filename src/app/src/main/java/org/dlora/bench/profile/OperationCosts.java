package org.dlora.bench.profile;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.Activations;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;

/**
 * Name in the report, and cost, of each call of {@link org.dlora.device.Operations}, derived from
 * its arguments. A method that is unknown here appears under its own name, with the cost of the
 * weights that it takes.
 */
final class OperationCosts {
    private static final int FLOAT = Float.BYTES;

    private final Map<WeightMatrix, LinearSite> sites;

    /** A call: its name in the report, and its cost. */
    record Call(String label, Cost cost) {}

    /**
     * Costs of steps of one model.
     *
     * @param sites the linear layer of each of its matrices, by identity
     */
    OperationCosts(Map<WeightMatrix, LinearSite> sites) {
        this.sites = sites;
    }

    /** Returns the call of the method {@code name} with {@code args}. */
    Call of(String name, Object... args) {
        return switch (name) {
            case "embed" -> new Call(name, embed(arg(WeightMatrix.class, args), tokens(args)));
            case "rmsNorm" -> norm(rows(args) * width(args) * 2);
            case "addRmsNorm" -> norm(rows(args) * width(args) * 4);
            case "headNorm" -> norm(rows(args) * (int) args[3] * (int) args[4] * 2);
            case "lora" -> new Call("lora", groups(args, false));
            case "loraEmbed" -> new Call("lora", groups(args, true));
            case "rope" -> new Call(name, Cost.ofActivations(rope(args)));
            case "writeKv" -> new Call(name, Cost.ofActivations(writeKv(args)));
            case "attention" -> new Call(name, attention(args));
            case "siluMul" ->
                    new Call(
                            name,
                            Cost.ofActivations(
                                    rows(args)
                                            * 3.0
                                            * last(Activations.class, args).width()
                                            * FLOAT));
            case "gather" -> new Call("gather", copies(tokens(args).length, args));
            case "linearArgMax" ->
                    new Call("argmax lm_head", indexed(arg(ArgMaxIndex.class, args), args));
            case "argMax" -> new Call("argmax", copies(tokens(args).length, args));
            case "forEachRow" -> new Call("sampling", copies(tokens(args).length, args));
            case "read" -> new Call("read logits", copies(1, args));
            case "merge", "mergeLoss" -> new Call(name, merge(arg(WeightUpdate.class, args), args));
            default -> linear(name, args);
        };
    }

    private Call norm(double elements) {
        return new Call("rmsNorm", Cost.ofActivations(elements * FLOAT));
    }

    private static Cost embed(WeightMatrix table, int[] tokens) {
        double elements = (double) tokens.length * table.columns();
        return new Cost(elements * table.dtype().bytes(), elements * FLOAT, 0, 0);
    }

    private Call linear(String name, Object... args) {
        var weight = find(WeightMatrix.class, args);
        if (weight.isEmpty()) {
            return new Call(name, Cost.NONE);
        }
        return new Call(name + label(weight.get()), product(weight.get(), rows(args)));
    }

    private String label(WeightMatrix weight) {
        return switch (sites.get(weight)) {
            case QKV -> " qkv";
            case O -> " o";
            case GATE_UP -> " gate_up";
            case DOWN -> " down";
            case EMBEDDING -> " embedding";
            case OUTPUT -> " lm_head";
            case null -> "";
        };
    }

    private static Cost product(WeightMatrix weight, double rows) {
        double flops = 2 * rows * weight.rows() * weight.columns();
        boolean dot = weight.dtype() == DType.BF16;
        return new Cost(
                weight.bytes(),
                rows * ((double) weight.rows() + weight.columns()) * FLOAT,
                dot ? 0 : flops,
                dot ? flops : 0);
    }

    /** Products of 8-bit integers take half the time of others. */
    private static Cost indexed(ArgMaxIndex index, Object... args) {
        var matrix = index.matrix();
        double rows = tokens(args).length;
        double flops = rows * matrix.rows() * matrix.columns();
        return new Cost(index.bytes(), rows * matrix.columns() * FLOAT, 0, flops);
    }

    private static Cost groups(Object[] args, boolean oneHot) {
        var cost = Cost.NONE;
        for (var element : (List<?>) args[0]) {
            var group = (LoraGroup) element;
            for (var term : group.terms()) {
                cost = cost.plus(term(term, group.rows(), oneHot));
            }
        }
        return cost;
    }

    private static Cost term(LoraTerm term, int rows, boolean oneHot) {
        return switch (term) {
            case LoraTerm.LowRank low when oneHot -> {
                // A times a one-hot row is a column of A.
                double column = (double) rows * low.a().rows() * low.a().dtype().bytes();
                yield product(low.b(), rows).plus(new Cost(column, 0, 0, 0));
            }
            case LoraTerm.LowRank low -> product(low.a(), rows).plus(product(low.b(), rows));
            case LoraTerm.Shift shift ->
                    new Cost(
                            shift.vector().bytes(),
                            2.0 * rows * shift.vector().bytes(),
                            (double) rows * shift.vector().size(),
                            0);
            case LoraTerm.Affine affine ->
                    new Cost(
                            affine.gain().bytes(),
                            2.0 * rows * affine.gain().bytes(),
                            2.0 * rows * affine.gain().size(),
                            0);
            case LoraTerm.Replacement own when oneHot -> embed(own.weight(), new int[rows]);
            case LoraTerm.Replacement own -> product(own.weight(), rows);
        };
    }

    /** Each weight is read and, by a merge, written once. */
    private static Cost merge(WeightUpdate update, Object... args) {
        int rows = (int) args[2] - (int) args[1];
        double weights = (double) rows * update.pristine().columns();
        int passes = find(WeightMatrix.class, args).isPresent() ? 2 : 1;
        double bytes = passes * weights * update.pristine().dtype().bytes();
        return new Cost(bytes, 0, 2.0 * update.cost(rows), 0);
    }

    private static double rope(Object... args) {
        var shape = arg(AttentionShape.class, args);
        double elements = (double) (shape.heads() + shape.kvHeads()) * shape.headDim();
        return rows(args) * elements * 2 * FLOAT;
    }

    private static double writeKv(Object... args) {
        var shape = arg(AttentionShape.class, args);
        int stored = arg(KvCache.class, args).layout().dtype().bytes();
        return rows(args) * 2.0 * shape.kvHeads() * shape.headDim() * (FLOAT + stored);
    }

    /** Each query meets the positions that it sees; a sequence's keys and values are read once. */
    private static Cost attention(Object... args) {
        var shape = arg(AttentionShape.class, args);
        var stored = arg(KvCache.class, args).layout().dtype();
        double pairs = 0;
        double positions = 0;
        for (var chunk : arg(RaggedBatch.class, args).chunks()) {
            for (int row = 0; row < chunk.rows(); row++) {
                pairs += seen(chunk.firstPosition() + row, shape);
            }
            positions += seen(chunk.firstPosition(), shape) + chunk.rows() - 1;
        }
        double flops = pairs * 4 * shape.heads() * shape.headDim();
        boolean isDot = stored == DType.BF16;
        return new Cost(
                positions * 2 * shape.kvHeads() * shape.headDim() * stored.bytes(),
                rows(args) * ((double) shape.qkvWidth() + shape.outWidth()) * FLOAT,
                isDot ? 0 : flops,
                isDot ? flops : 0);
    }

    private static double seen(int position, AttentionShape shape) {
        return shape.window() == 0 ? position + 1 : Math.min(position + 1, shape.window());
    }

    private static Cost copies(int rows, Object... args) {
        return Cost.ofActivations(rows * 2.0 * width(args) * FLOAT);
    }

    /** Returns the rows of a call: those of its batch, or its first number. */
    private static double rows(Object... args) {
        return find(RaggedBatch.class, args)
                .map(RaggedBatch::rows)
                .or(() -> find(Integer.class, args))
                .orElse(0);
    }

    private static double width(Object... args) {
        return arg(Activations.class, args).width();
    }

    private static int[] tokens(Object... args) {
        return arg(int[].class, args);
    }

    private static <T> T arg(Class<T> type, Object... args) {
        return find(type, args).orElseThrow();
    }

    private static <T> Optional<T> find(Class<T> type, Object... args) {
        return Arrays.stream(args).filter(type::isInstance).map(type::cast).findFirst();
    }

    private static <T> T last(Class<T> type, Object... args) {
        return Arrays.stream(args)
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((_, later) -> later)
                .orElseThrow();
    }
}
