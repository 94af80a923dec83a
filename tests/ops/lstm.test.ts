import { lstm } from "../../codegen/ops/lstm.ts";
import { testRecurrent } from "./recurrent_networks.ts";

describe("lstm", () => {
  testRecurrent("lstm", lstm);
});
