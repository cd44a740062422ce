package org.dlora.api.openai;

/** Token counts of a call: each prompt once, all answers. */
record Usage(int promptTokens, int completionTokens, int totalTokens) {

    static Usage of(int promptTokens, int completionTokens) {
        return new Usage(promptTokens, completionTokens, promptTokens + completionTokens);
    }
}
