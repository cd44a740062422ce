package org.dlora.api.openai.tools;

import java.util.function.Consumer;

/**
 * Incremental reader of {@code <think>…</think>} at the beginning of an answer. Whitespace before
 * the closing tag and around the opening one, and line feeds after the closing one belong to them.
 *
 * <p>Format: vLLM's {@code deepseek_r1} and {@code qwen3} parsers of reasoning.
 */
final class ThinkParser {
    private static final String OPEN = "<think>";
    private static final String CLOSE = "</think>";

    private enum State {
        START,
        REASONING,
        GAP,
        CONTENT
    }

    private final TagSearch search = new TagSearch(CLOSE);
    private final StringBuilder start = new StringBuilder();

    /** What {@link #start} has after its leading whitespace. */
    private final StringBuilder tag = new StringBuilder();

    private final StringBuilder passed = new StringBuilder();
    private final StringBuilder blank = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private boolean hasReasoning;
    private State state;

    ThinkParser(Thinking thinking) {
        state =
                switch (thinking) {
                    case NONE, ENDED -> State.CONTENT;
                    case POSSIBLE -> State.START;
                    case BEGUN -> State.REASONING;
                };
    }

    /** Returns whether reasoning has begun and not ended. */
    boolean isReasoning() {
        return state == State.REASONING;
    }

    /** Takes a character; {@code content} gets the characters after the reasoning. */
    void add(char c, Consumer<Character> content) {
        switch (state) {
            case START -> start(c, content);
            case REASONING -> reasoning(c);
            case GAP -> gap(c, content);
            case CONTENT -> content.accept(c);
        }
    }

    private void start(char c, Consumer<Character> content) {
        start.append(c);
        if (tag.isEmpty() && Character.isWhitespace(c)) {
            return;
        }
        tag.append(c);
        if (OPEN.contentEquals(tag)) {
            state = State.REASONING;
        } else if (!OPEN.startsWith(tag.toString())) {
            state = State.CONTENT;
            start.chars().forEach(one -> content.accept((char) one));
        }
    }

    private void reasoning(char c) {
        var tag = search.add(c, passed);
        for (int i = 0; i < passed.length(); i++) {
            thought(passed.charAt(i));
        }
        passed.setLength(0);
        if (tag != null) {
            blank.setLength(0);
            state = State.GAP;
        }
    }

    private void thought(char c) {
        if (Character.isWhitespace(c)) {
            blank.append(c);
            return;
        }
        if (hasReasoning) {
            reasoning.append(blank);
        }
        blank.setLength(0);
        reasoning.append(c);
        hasReasoning = true;
    }

    private void gap(char c, Consumer<Character> content) {
        if (c != '\n') {
            state = State.CONTENT;
            content.accept(c);
        }
    }

    /** Ends the answer: what was held back is content, or reasoning that did not end. */
    void end(Consumer<Character> content) {
        if (state == State.START) {
            start.chars().forEach(one -> content.accept((char) one));
        } else if (state == State.REASONING) {
            search.rest().chars().forEach(one -> thought((char) one));
        }
    }

    /** Returns the reasoning since the last time. */
    String take() {
        var taken = reasoning.toString();
        reasoning.setLength(0);
        return taken;
    }
}
