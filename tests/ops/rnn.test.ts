import { rnn } from "../../codegen/ops/rnn.ts";
import { testRecurrent } from "./recurrent_networks.ts";

describe("rnn", () => {
  testRecurrent("rnn", rnn);
});
