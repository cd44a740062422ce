package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.List;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationEvent.Prompt;
import org.dlora.replica.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of a streamed chat answer: the role of each choice, its texts, its finish reason. Token
 * counts follow if the request asks for them.
 */
final class ChatChunks implements Chunks {
    private final Call call;
    private final StreamUsage usage;
    private final LateLabel label;
    private final String echoed;
    private boolean begun;

    /**
     * @param echoed text that each choice begins with
     */
    ChatChunks(Call call, String echoed) {
        this.call = call;
        this.echoed = echoed;
        this.usage = new StreamUsage(call);
        this.label = new LateLabel(call.selected());
    }

    @Override
    public List<?> on(RunningCall.Emission emission) {
        int index = emission.index();
        var chunks = new ArrayList<ChatChunk>();
        switch (emission.event()) {
            case Prompt _ -> {}
            case Token token -> {
                begin(chunks);
                usage.count(index);
                if (tells(token)) {
                    chunks.add(chunk(index, text(index, token)));
                }
            }
            case Finished finished -> {
                begin(chunks);
                usage.set(index, finished.outputTokens(), finished.cachedTokens());
                chunks.add(chunk(index, finish(index, finished)).naming(label.now()));
            }
            case Failed failed -> throw ApiException.failed(failed);
        }
        return chunks;
    }

    @Override
    public List<?> end() {
        return call.options().usage()
                ? List.of(ChatChunk.of(call, List.of(), usage.total(), null))
                : List.of();
    }

    // With the first token, so that clients measure the time to it as TTFT.
    private void begin(List<ChatChunk> chunks) {
        if (begun) {
            return;
        }
        begun = true;
        for (int i = 0; i < call.sequences().size(); i++) {
            var delta = new ChatChunk.Delta("assistant", "");
            var choice = new ChatChunk.Choice(i, delta, null, null, null, null);
            chunks.add(
                    ChatChunk.of(
                            call, List.of(choice), usage.of(i), i == 0 ? promptTokens() : null));
            if (!echoed.isEmpty()) {
                var text = new ChatChunk.Delta(null, echoed);
                chunks.add(chunk(i, new ChatChunk.Choice(i, text, null, null, null, null)));
            }
        }
    }

    // A token without text (held back, or part of a character) is silent unless something else was
    // asked for.
    private boolean tells(Token token) {
        return !token.text().isEmpty()
                || token.logprobs() != null
                || call.options().tokenIds()
                || call.options().continuousUsage();
    }

    private ChatChunk.Choice text(int index, Token token) {
        var logprobs = token.logprobs();
        return new ChatChunk.Choice(
                index,
                new ChatChunk.Delta(null, token.text()),
                logprobs == null ? null : ChatLogprobs.of(TokenNames.of(call), List.of(logprobs)),
                null,
                null,
                call.options().tokenIds() ? List.of(token.token()) : null);
    }

    private ChatChunk.Choice finish(int index, Finished finished) {
        var text = finished.text().isEmpty() ? null : finished.text();
        return new ChatChunk.Choice(
                index,
                new ChatChunk.Delta(null, text),
                null,
                Transcript.finishReason(finished.reason()),
                finished.stop(),
                call.options().tokenIds() ? List.of() : null);
    }

    private ChatChunk chunk(int index, ChatChunk.Choice choice) {
        return ChatChunk.of(call, List.of(choice), usage.of(index), null);
    }

    private int @Nullable [] promptTokens() {
        return call.options().tokenIds() ? call.promptOf(0) : null;
    }
}
