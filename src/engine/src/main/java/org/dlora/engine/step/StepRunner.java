package org.dlora.engine.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dlora.device.DeviceLostException;
import org.dlora.engine.merging.WeightSwitch;
import org.dlora.engine.sampling.NonFiniteLogitsException;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.replica.PlannedStep;
import org.dlora.replica.SampledToken;
import org.dlora.replica.StepResult;
import org.dlora.replica.StepResult.Broken;
import org.dlora.replica.StepResult.ChunkResult;
import org.dlora.replica.StepResult.Rows;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Computes a planned step: weights, model, sampling and texts. */
public final class StepRunner {
    private static final Logger log = LoggerFactory.getLogger(StepRunner.class);

    private final String replica;
    private final ModelRunner runner;
    private final WeightSwitch weights;
    private final Map<String, RequestOutput> outputs;
    private final Map<String, AdapterTerms> adapters;
    private final TokenPicker picker;
    private AdapterGroups groups;

    /**
     * @param outputs of the unfinished requests
     * @param adapters loaded ones by id
     * @param maskWork budget of each step for masks of constraints
     */
    public StepRunner(
            String replica,
            ModelRunner runner,
            WeightSwitch weights,
            Map<String, RequestOutput> outputs,
            Map<String, AdapterTerms> adapters,
            long maskWork) {
        this.replica = replica;
        this.runner = runner;
        this.weights = weights;
        this.outputs = outputs;
        this.adapters = adapters;
        picker = new TokenPicker(runner, maskWork);
        groups = new AdapterGroups(adapters);
    }

    /** Forgets the groups of earlier steps, which refer to the terms of adapters. */
    public void forgetGroups() {
        groups = new AdapterGroups(adapters);
    }

    /**
     * Runs the step; a failure is a result too.
     *
     * @throws DeviceLostException if the device computes nothing more
     */
    public StepResult run(PlannedStep step) {
        StepBatch batch;
        TokenPicker.Pick[] picks;
        try {
            batch = StepBuilder.build(step.chunks(), outputs, adapters, groups);
            groups = batch.lora();
            weights.enter(step.mode());
            runner.forward(batch.rows(), batch.lora(), batch.logitRows());
            picks = picker.pick(batch);
        } catch (DeviceLostException e) {
            throw e; // It is the replica that fails.
        } catch (RuntimeException | Error e) {
            log.error("A step of replica {} failed", replica, e);
            return new StepResult.Failed(
                    FailureCode.REPLICA_FAULT,
                    "The engine could not compute a step; see the server's log");
        }
        return new StepResult.Computed(
                batch.parts().stream().map(part -> result(part, picks)).toList());
    }

    private ChunkResult result(StepBatch.Part part, TokenPicker.Pick[] picks) {
        try {
            return rows(part, picks);
        } catch (NonFiniteLogitsException e) {
            return broken(part, FailureCode.LOGITS_NOT_FINITE, e.getMessage(), e);
        } catch (ArithmeticException e) {
            return broken(part, FailureCode.NO_TOKEN_POSSIBLE, e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            var message = "The engine could not sample the next token; see the server's log";
            return broken(part, FailureCode.REPLICA_FAULT, message, e);
        }
    }

    private Rows rows(StepBatch.Part part, TokenPicker.Pick[] picks) {
        List<TokenLogprobs> prompt = new ArrayList<>();
        for (int i = 0; i < part.chunk().promptLogits(); i++) {
            var report = succeeded(picks[part.firstLogits() + i]).logprobs();
            prompt.add(Objects.requireNonNull(report));
        }
        SampledToken sampled = null;
        if (part.chunk().samples()) {
            var pick = succeeded(picks[part.sampledLogits()]);
            if (pick.token() >= 0) {
                sampled = part.output().add(pick.token(), pick.logprobs());
            }
        }
        return new Rows(prompt, sampled);
    }

    private Broken broken(
            StepBatch.Part part, FailureCode code, @Nullable String message, Throwable cause) {
        if (code == FailureCode.NO_TOKEN_POSSIBLE) {
            // The client's parameters are the reason, not the server.
            log.info("Request {} cannot go on: {}", part.chunk().request(), message);
        } else {
            log.error("Request {} failed on replica {}", part.chunk().request(), replica, cause);
        }
        return new Broken(code, String.valueOf(message));
    }

    private static TokenPicker.Pick succeeded(TokenPicker.Pick pick) {
        return switch (pick.failure()) {
            case null -> pick;
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        };
    }
}
