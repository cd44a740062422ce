package org.dlora.catalogue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.catalogue.replay.Rerun;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.TokenLogprobs;

/** Collector of a replay's tokens. */
final class RerunListener implements GenerationListener {
    private static final GenerationEvent.Failed ENDED =
            new GenerationEvent.Failed(
                    FailureCode.SHUTTING_DOWN,
                    "The server ended the replay before its answer was complete");

    private final List<Integer> tokens = new ArrayList<>();
    private final List<TokenLogprobs> logprobs = new ArrayList<>();
    private final CompletableFuture<Rerun> done = new CompletableFuture<>();

    CompletableFuture<Rerun> done() {
        return done;
    }

    @Override
    public void on(GenerationEvent event) {
        switch (event) {
            case GenerationEvent.Prompt _ -> {}
            case GenerationEvent.Token token -> {
                tokens.add(token.token());
                if (token.logprobs() != null) {
                    logprobs.add(token.logprobs());
                }
            }
            case GenerationEvent.Finished end -> {
                if (end.reason() == FinishReason.CANCELLED) {
                    done.completeExceptionally(new ReplayFailedException(ENDED));
                } else {
                    var all = tokens.stream().mapToInt(Integer::intValue).toArray();
                    done.complete(new Rerun(all, logprobs));
                }
            }
            case GenerationEvent.Failed failed ->
                    done.completeExceptionally(new ReplayFailedException(failed));
        }
    }
}
