package org.dlora.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.dlora.model.tokenizer.TokenSpelling.ByteLevel;
import org.dlora.model.tokenizer.TokenSpelling.SentencePiece;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tests of the parts of {@code tokenizer.json} that the server reads by itself. */
class TokenizerJsonTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String SPACES =
            "{\"type\":\"Replace\",\"pattern\":{\"String\":\"▁\"},\"content\":\" \"}";
    private static final String BYTES = "{\"type\":\"ByteFallback\"}";
    private static final String STRIP =
            "{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}";

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {"type":"Metaspace","replacement":"▁"}                              => false true
                    {"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}     => false true
                    {"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}     => false false
                    {"type":"Metaspace","replacement":"▁","add_prefix_space":false}     => false false
                    {"type":"Sequence","decoders":[SPACES]}                             => false false
                    {"type":"Sequence","decoders":[SPACES,BYTES]}                       => true false
                    {"type":"Sequence","decoders":[SPACES,BYTES,{"type":"Fuse"},STRIP]} => true true
                    {"type":"Sequence","decoders":[SPACES,STRIP]}                       => false true
                    {"type":"Sequence","decoders":[BYTES,{"type":"Metaspace","replacement":"▁"}]} => true true
                    """)
    void sentencePieceIsSpelledAsTheDecoderSays(String decoder, String expected)
            throws IOException {
        var words = expected.split(" ", -1);
        assertThat(spelling(decoder))
                .isEqualTo(
                        new SentencePiece(
                                Boolean.parseBoolean(words[0]), Boolean.parseBoolean(words[1])));
    }

    @Test
    void byteLevelMayStandAloneOrInASequenceOfItself() throws IOException {
        assertThat(spelling("{\"type\":\"ByteLevel\"}")).isEqualTo(new ByteLevel());
        assertThat(spelling("{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"ByteLevel\"}]}"))
                .isEqualTo(new ByteLevel());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{\"type\":\"Metaspace\"}",
                "{\"type\":\"Sequence\"}",
                "{\"type\":\"Sequence\",\"decoders\":[]}",
                "{\"type\":\"Sequence\",\"decoders\":[BYTES]}",
                "{\"type\":\"Sequence\",\"decoders\":[SPACES,{\"type\":\"ByteLevel\"}]}",
                "{\"type\":\"Sequence\",\"decoders\":[SPACES,{\"type\":\"Strip\",\"content\":\" \",\"start\":2,\"stop\":0}]}",
                "{\"type\":\"Sequence\",\"decoders\":[SPACES,{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":1}]}",
                "{\"type\":\"Sequence\",\"decoders\":[SPACES,{\"type\":\"Strip\",\"content\":\"a\",\"start\":1,\"stop\":0}]}",
                "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"_\"},\"content\":\" \"}]}",
                "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"▁\"},\"content\":\"\"}]}",
            })
    void otherDecodersAreRefused(String decoder) throws IOException {
        var json = byteLevel(root -> root.set("decoder", JSON.readTree(expanded(decoder))));
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(json::vocabulary)
                .withMessageStartingWith("tokenizer.json: decoder ")
                .withMessageContaining("is not supported; supported are ByteLevel");
    }

    @Test
    void addedTokensExtendAndRenameTheVocabulary() throws IOException {
        var json =
                new TokenizerJson(
                        write(
                                """
                                {"model":{"vocab":{"a":0,"b":3,"<s>":1}},"decoder":{"type":"ByteLevel"},
                                 "added_tokens":[{"id":1,"content":"<s>","special":true},{"id":5,"content":"<x>","special":false},{"id":6,"content":"<y>"}]}\
                                """));
        var vocabulary = json.vocabulary();
        assertThat(vocabulary.tokens()).containsExactly("a", "<s>", "", "b", "", "<x>", "<y>");
        assertThat(vocabulary.isSpecial(1)).isTrue();
        assertThat(vocabulary.isSpecial(5)).isFalse();
        assertThat(vocabulary.isSpecial(6)).isFalse();
        assertThat(vocabulary.id("<y>")).hasValue(6);
        assertThat(vocabulary.id("")).isEmpty();
        assertThat(vocabulary.longest()).isEqualTo(3);
        // "b" is the last token that text is made of.
        assertThat(json.ordinarySize()).isEqualTo(4);
    }

    @Test
    void specialTokensAreTextWhereTheyAreLeftOut() throws IOException {
        var file =
                write(
                        """
                        {"model":{"vocab":{"a":0}},"decoder":{"type":"ByteLevel"},"post_processor":{"type":"TemplateProcessing"},
                         "truncation":{"max_length":5},"padding":{"pad_id":0},
                         "added_tokens":[{"id":1,"content":"<s>","special":true},{"id":2,"content":"<x>","special":false}]}\
                        """);
        var plain = JSON.readTree(new TokenizerJson(file).textWithoutSpecialTokens());
        assertThat(plain.at("/model/vocab").propertyNames()).containsExactly("a", "<x>");
        assertThat(plain.at("/model/vocab/<x>").intValue()).isEqualTo(2);
        assertThat(plain.get("added_tokens")).hasSize(1);
        assertThat(plain.at("/added_tokens/0/content").stringValue()).isEqualTo("<x>");
        assertThat(plain.get("post_processor").isNull()).isTrue();
        var whole = JSON.readTree(new TokenizerJson(file).text());
        assertThat(whole.get("added_tokens")).hasSize(2);
        assertThat(whole.get("truncation").isNull()).isTrue();
        assertThat(whole.get("padding").isNull()).isTrue();
    }

    @Test
    void aByteLevelVocabularyOfAllBytesKeepsEachOfThem() throws IOException {
        assertThat(byteLevel(_ -> {}).keepsEveryByte()).isTrue();
        assertThat(
                        byteLevel(root -> root.putObject("normalizer").put("type", "NFC"))
                                .keepsEveryByte())
                .isFalse();
        assertThat(byteLevel(root -> root.putNull("normalizer")).keepsEveryByte()).isTrue();
        assertThat(byteLevel(root -> root.remove("pre_tokenizer")).keepsEveryByte()).isFalse();
        assertThat(
                        byteLevel(root -> ((ObjectNode) root.at("/model/vocab")).remove("a"))
                                .keepsEveryByte())
                .isFalse();
        var pieces = expanded("{\"type\":\"Sequence\",\"decoders\":[SPACES]}");
        assertThat(byteLevel(root -> root.set("decoder", JSON.readTree(pieces))).keepsEveryByte())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            textBlock =
                    """
                    {"type":"ByteLevel"}                          => true
                    {"type":"Digits"}                             => true
                    {"type":"Split","behavior":"Isolated"}        => true
                    {"type":"Split","behavior":"Removed"}         => false
                    {"type":"Split"}                              => false
                    {"type":"WhitespaceSplit"}                    => false
                    {"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]} => true
                    {"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"Whitespace"}]} => false
                    """)
    void someSplitsDropText(String preTokenizer, boolean keeps) throws IOException {
        assertThat(
                        byteLevel(root -> root.set("pre_tokenizer", JSON.readTree(preTokenizer)))
                                .keepsEveryByte())
                .isEqualTo(keeps);
    }

    @ParameterizedTest
    @CsvSource({"false, false, true", "true, false, false", "false, true, false"})
    void addedTokensMaySwallowSpaces(boolean left, boolean right, boolean keeps)
            throws IOException {
        var json =
                byteLevel(root ->
                        root.putArray("added_tokens")
                                .addObject()
                                .put("id", 300)
                                .put("content", "<x>")
                                .put("lstrip", left)
                                .put("rstrip", right));
        assertThat(json.keepsEveryByte()).isEqualTo(keeps);
    }

    private TokenSpelling spelling(String decoder) throws IOException {
        return byteLevel(root -> root.set("decoder", JSON.readTree(expanded(decoder))))
                .vocabulary()
                .spelling();
    }

    private static String expanded(String decoder) {
        return decoder.replace("SPACES", SPACES).replace("BYTES", BYTES).replace("STRIP", STRIP);
    }

    /** Returns a byte-level tokenizer with a token for each byte, changed as a test needs it. */
    private TokenizerJson byteLevel(Consumer<ObjectNode> change) throws IOException {
        var root = JSON.createObjectNode();
        var vocab = root.putObject("model").put("type", "BPE").putObject("vocab");
        int others = 0;
        for (int b = 0; b < 256; b++) {
            boolean prints =
                    (b >= '!' && b <= '~') || (b >= '¡' && b <= '¬') || (b >= '®' && b <= 'ÿ');
            vocab.put(Character.toString(prints ? b : 256 + others++), b);
        }
        root.putObject("decoder").put("type", "ByteLevel");
        root.putObject("pre_tokenizer").put("type", "ByteLevel");
        change.accept(root);
        return new TokenizerJson(write(root.toString()));
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), json);
    }
}
