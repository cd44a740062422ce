package org.dlora.api.openai.tools;

/** A piece of an answer, in the order in which the model wrote it. */
public sealed interface AnswerPart {

    /** Text for the user. */
    record Content(String text) implements AnswerPart {}

    /** Text of the model's reasoning. */
    record Reasoning(String text) implements AnswerPart {}

    /**
     * A tool call begins.
     *
     * @param index of the call in its answer, from 0
     * @param name of the function
     */
    record CallBegun(int index, String name) implements AnswerPart {}

    /** More of the arguments of the call that began last, which together are one JSON value. */
    record Arguments(int index, String text) implements AnswerPart {}

    /**
     * The call that began last is not well formed after all, or the answer ended inside it. A
     * stream cannot take it back; a whole answer has its text as content.
     *
     * @param text all that the model wrote of the call, without what follows as content; empty if
     *     the tokens of the answer ran out, so that the call is left out
     */
    record CallBroken(int index, String text) implements AnswerPart {}
}
