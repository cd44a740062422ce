package org.dlora.api.openai.chat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.dlora.api.openai.answer.AnswerStep;
import org.dlora.api.openai.answer.AnswerStream;
import org.dlora.api.openai.answer.Chunks;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.api.openai.answer.StreamUsage;
import org.dlora.api.openai.answer.TokenNames;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.openai.call.Usage;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of a streamed chat answer: the role of each choice, its texts, reasoning and tool calls,
 * its finish reason with the last token. Token counts follow if the request asks for them.
 */
final class ChatChunks implements Chunks {
    private final Call call;
    private final StreamUsage usage;
    private final LateLabel label;
    private final AnswerFormat format;
    private final String echoed;
    private final AnswerStream answers;
    private final BitSet called = new BitSet();
    private boolean begun;

    /**
     * @param echoed text that each choice begins with
     */
    ChatChunks(Call call, AnswerFormat format, String echoed) {
        this.call = call;
        this.format = format;
        this.echoed = echoed;
        answers = new AnswerStream(format, call.sequences().size());
        this.usage = new StreamUsage(call);
        this.label = new LateLabel(call.selected());
    }

    @Override
    public List<?> on(RunningCall.Emission emission) {
        var chunks = new ArrayList<ChatChunk>();
        answers.read(emission).ifPresent(step -> add(chunks, step));
        return chunks;
    }

    private void add(List<ChatChunk> chunks, AnswerStep step) {
        begin(chunks);
        int index = step.index();
        var end = step.end();
        if (end != null) {
            usage.set(index, end.outputTokens(), end.cachedTokens());
        } else {
            usage.count(index);
        }
        if (step.parts().stream().anyMatch(AnswerPart.CallBegun.class::isInstance)) {
            called.set(index);
        }
        var delta = ChatChunk.Delta.of(format, step.parts());
        if (end != null) {
            chunks.add(chunk(index, choice(step, delta)).naming(label.now()));
        } else if (delta.hasMore() || tells(step.token())) {
            chunks.add(chunk(index, choice(step, delta)));
        }
    }

    @Override
    public List<?> end() {
        return call.options().usage()
                ? List.of(ChatChunk.of(call, List.of(), total(), null).timed(call.timings()))
                : List.of();
    }

    private Usage total() {
        return usage.total().withReasoning(format, answers.reasoningTokens());
    }

    // With the first token, so that clients measure the time to it as TTFT.
    private void begin(List<ChatChunk> chunks) {
        if (begun) {
            return;
        }
        begun = true;
        for (int i = 0; i < call.sequences().size(); i++) {
            var delta = ChatChunk.Delta.of("assistant", "");
            var choice = new ChatChunk.Choice(i, delta, null, null, null, null);
            chunks.add(
                    ChatChunk.of(
                            call, List.of(choice), usage.of(i), i == 0 ? promptTokens() : null));
            if (!echoed.isEmpty()) {
                var text = ChatChunk.Delta.of(null, echoed);
                chunks.add(chunk(i, new ChatChunk.Choice(i, text, null, null, null, null)));
            }
        }
    }

    // A token without text (held back, or part of a character) is silent unless something else was
    // asked for.
    private boolean tells(@Nullable Token token) {
        return token != null
                && (token.logprobs() != null
                        || call.options().tokenIds()
                        || call.options().continuousUsage());
    }

    private ChatChunk.Choice choice(AnswerStep step, ChatChunk.Delta delta) {
        int index = step.index();
        var token = step.token();
        var end = step.end();
        return new ChatChunk.Choice(
                index,
                !delta.hasMore() && tells(token) ? ChatChunk.Delta.of(null, "") : delta,
                token == null ? null : logprobs(token),
                end == null ? null : ChatFinish.reason(format, end.reason(), called.get(index)),
                end == null ? null : end.stop(),
                call.options().tokenIds()
                        ? (token == null ? List.of() : List.of(token.token()))
                        : null);
    }

    private @Nullable ChatLogprobs logprobs(Token token) {
        var logprobs = token.logprobs();
        return logprobs == null ? null : ChatLogprobs.of(TokenNames.of(call), List.of(logprobs));
    }

    private ChatChunk chunk(int index, ChatChunk.Choice choice) {
        return ChatChunk.of(call, List.of(choice), usage.of(index), null);
    }

    private int @Nullable [] promptTokens() {
        return call.options().tokenIds() ? call.promptOf(0) : null;
    }
}
