package org.dlora.model.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.model.Golden;
import org.dlora.tensor.LoadException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

class TokenizerTest {
    static final Iterable<String> MODELS = Golden.MODELS;

    @TempDir Path folder;

    @ParameterizedTest
    @FieldSource("MODELS")
    void encodesAndDecodesAsTheReference(String model) {
        try (var tokenizer = Tokenizer.open(Golden.model(model))) {
            for (var row : rows(model, "text")) {
                var text = row.get("text").stringValue();
                var ids = Golden.ints(row.get("ids"));
                var plainIds = Golden.ints(row.get("ids_no_added_special"));
                assertThat(tokenizer.encode(text, true)).as(id(row)).containsExactly(ids);
                assertThat(tokenizer.encode(text, false)).as(id(row)).containsExactly(plainIds);
                assertThat(tokenizer.encodePlain(text))
                        .as(id(row))
                        .containsExactly(Golden.ints(row.get("ids_special_as_text")));
                assertThat(tokenizer.decode(plainIds, false))
                        .as(id(row))
                        .isEqualTo(row.get("decoded").stringValue());
                assertThat(tokenizer.decode(ids, true))
                        .as(id(row))
                        .isEqualTo(row.get("decoded_skip_special").stringValue());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void streamsAsTheReference(String model) {
        try (var tokenizer = Tokenizer.open(Golden.model(model))) {
            for (var row : rows(model, "stream")) {
                var stream = tokenizer.stream(row.get("skip_special_tokens").booleanValue());
                var chunks =
                        Arrays.stream(Golden.ints(row.get("ids"))).mapToObj(stream::next).toList();
                assertThat(chunks)
                        .as(id(row))
                        .isEqualTo(
                                row.get("chunks")
                                        .valueStream()
                                        .map(JsonNode::stringValue)
                                        .toList());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void tokenBytesAddUpToTheText(String model) {
        var text = "naïve café, 東京 🙂\n\t  end";
        try (var tokenizer = Tokenizer.open(Golden.model(model))) {
            var bytes = new ByteArrayOutputStream();
            for (int id : tokenizer.encode(text, false)) {
                bytes.writeBytes(tokenizer.tokenBytes(id));
            }
            assertThat(bytes.toString(UTF_8).strip()).isEqualTo(text);
        }
    }

    @Test
    void leastTokensIsALowerBound() {
        try (var demo = Tokenizer.open(TestFiles.demo("model"))) {
            for (var text :
                    List.of(
                            "",
                            "a",
                            "<|im_start|>".repeat(50),
                            "x".repeat(1000),
                            "é😀".repeat(9))) {
                assertThat(demo.leastTokens(text))
                        .isLessThanOrEqualTo(demo.encode(text, false).length);
            }
            assertThat(demo.leastTokens("x".repeat(10_000))).isGreaterThan(300);
        }
    }

    @Test
    void spellsTokensAsTheVocabularyDoes() {
        try (var tokenizer = Tokenizer.open(Golden.model("qwen2"))) {
            int id = tokenizer.encode(" the", false)[0];
            assertThat(tokenizer.token(id)).isEqualTo("Ġthe");
            assertThat(tokenizer.tokenBytes(id)).isEqualTo(" the".getBytes(UTF_8));
            assertThat(tokenizer.isSpecial(id)).isFalse();
            assertThat(tokenizer.isSpecial(411)).isTrue();
            assertThat(tokenizer.token(411)).isEqualTo("<|im_end|>");
            assertThat(tokenizer.vocabSize()).isEqualTo(416);
        }
    }

    @Test
    void idsOfAPaddedEmbeddingStandForNothing() {
        try (var tokenizer = Tokenizer.open(Golden.model("qwen2"))) {
            assertThat(tokenizer.decode(new int[] {500, Integer.MAX_VALUE, -1}, false)).isEmpty();
            assertThat(tokenizer.stream(false).next(500)).isEmpty();
            assertThat(tokenizer.token(-1)).isEmpty();
            assertThat(tokenizer.tokenBytes(500)).isEmpty();
            assertThat(tokenizer.isSpecial(500)).isFalse();
        }
    }

    @Test
    void halfASurrogatePairIsAReplacementCharacter() {
        try (var tokenizer = Tokenizer.open(Golden.model("qwen2"))) {
            assertThat(tokenizer.encode("a\uD83Db", false))
                    .isEqualTo(tokenizer.encode("a\uFFFDb", false));
        }
    }

    @Test
    void encodesFromManyThreadsAndRefusesWorkOnceClosed() {
        var tokenizer = Tokenizer.open(Golden.model("llama-gqa"));
        var expected = tokenizer.encode("the quick brown fox", true);
        assertThat(
                        IntStream.range(0, 200)
                                .parallel()
                                .mapToObj(i -> tokenizer.encode("the quick brown fox", true)))
                .allSatisfy(ids -> assertThat(ids).containsExactly(expected));
        tokenizer.close();
        tokenizer.close();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> tokenizer.encode("x", true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{                                                                                | JSON",
                "[]                                                                               | object",
                "{}                                                                               | model must be a JSON object",
                "{'model':{'type':'WordPiece','vocab':{'a':0}}}                                   | model.type is WordPiece; supported is BPE",
                "{'model':{'type':'BPE','vocab':[]}}                                              | model.vocab must be a JSON object",
                "{'model':{'type':'BPE','vocab':{'a':-1},'merges':[]},DECODER}                    | id -1",
                "{'model':{'type':'BPE','vocab':{'a':2000000000},'merges':[]},DECODER}            | id 2000000000",
                "{'model':{'type':'BPE','vocab':{'a':0.5},'merges':[]},DECODER}                   | id 0.5",
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':[]},'decoder':{'type':'CTC'}}    | decoder {\"type\":\"CTC\"} is not supported",
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':[]},'decoder':{'type':'Metaspace','replacement':'_'}} | decoder {\"type\":\"Metaspace\",\"replacement\":\"_\"} is not supported",
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':[]},'added_tokens':[{}],DECODER} | added_tokens must be objects",
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':['b c']},DECODER}                | refused by the tokenizers library",
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':{}},DECODER}                     | refused by the tokenizers library",
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':[]},'pre_tokenizer':{'type':'Split','pattern':{'Regex':'((('},'behavior':'Isolated','invert':false},DECODER}"
                        + " | refused by the tokenizers library",
            })
    void refusesAMalformedFile(String json, String problem) throws IOException {
        write(json);
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> Tokenizer.open(folder))
                .withMessageStartingWith("tokenizer.json: ")
                .withMessageContaining(problem);
    }

    @Test
    void refusesAddedTokensThatTheLibraryNumbersOtherwise() throws IOException {
        write(
                "{'model':{'type':'BPE','vocab':{'a':0},'merges':[]},DECODER,'added_tokens':[{'id':7,'content':'<end>',"
                        + "'single_word':false,'lstrip':false,'rstrip':false,'normalized':false,'special':true}]}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> Tokenizer.open(folder))
                .withMessageContainingAll("tokenizer.json: added token <end> has the id 7", "[1]");
    }

    @Test
    void refusesASubwordPrefixThatWouldAbortTheProcessInTheLibrary() throws IOException {
        write(
                "{'model':{'type':'BPE','continuing_subword_prefix':'##','vocab':{'a':0,'b':1,'ab':2},'merges':['a b']},DECODER}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> Tokenizer.open(folder))
                .withMessage(
                        "tokenizer.json: model.continuing_subword_prefix is \"##\"; expected null or an empty string");
    }

    @Test
    void refusesAddedTokensThatTheLibraryCannotEncode() throws IOException {
        write(
                "{'model':{'type':'BPE','unk_token':'<x>','vocab':{'a':0},'merges':[]},DECODER,'added_tokens':[{'id':1,'content':'\\ud800',"
                        + "'single_word':false,'lstrip':false,'rstrip':false,'normalized':false,'special':true}]}");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> Tokenizer.open(folder))
                .withMessageStartingWith("tokenizer.json: added token ");
    }

    private void write(String json) throws IOException {
        var decoder =
                "'decoder':{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}";
        Files.writeString(
                folder.resolve("tokenizer.json"),
                json.replace("DECODER", decoder).replace('\'', '"'));
    }

    private static Iterable<JsonNode> rows(String model, String kind) {
        var rows =
                Golden.rows(Golden.ROOT.resolve("tokenizer.jsonl")).stream()
                        .filter(row -> row.get("model").stringValue().equals(model))
                        .filter(row -> row.get("kind").stringValue().equals(kind))
                        .toList();
        assertThat(rows).hasSizeGreaterThan(20);
        return rows;
    }

    private static String id(JsonNode row) {
        return row.get("id").stringValue();
    }
}
